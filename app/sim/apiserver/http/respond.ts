import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { newBadRequest } from '../../machinery/errors.ts';
import { StatusError } from '../../machinery/status.ts';
import { isTrue } from '../filters/request-info.ts';
import type { Handled } from '../filters/handler.ts';
import type { StreamAnswer, WatchAnswer } from '../handlers/answer.ts';
import { isIncludeObject, type IncludeObject } from '../tables/table.ts';
import { MEDIA_TYPES, negotiate, PROTOBUF, type Form } from './content-negotiation.ts';
import { encodeAnswer, WatchEncoder } from './encode.ts';
import { hasProtobuf } from './encode-protobuf.ts';
import { encodeProtobuf } from '../protobuf/encode.ts';

/** Smaller bodies are not worth compressing. models apiserver responsewriters: defaultGzipThresholdBytes */
const GZIP_THRESHOLD = 128 * 1024;
const compress = promisify(gzip);

/** Writes an answer in the form that the caller asked for. */
export async function writeAnswer(request: IncomingMessage, response: ServerResponse, { answer, warnings }: Handled, now: () => number): Promise<void> {
  for (const warning of warnings) response.appendHeader('Warning', `299 - ${JSON.stringify(warning)}`);
  response.setHeader('Cache-Control', 'no-cache, private');
  if (answer.type === 'text') {
    const etag = answer.headers?.['etag'];
    for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
    if (etag && request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
    return send(request, response, answer.code, answer.contentType, typeof answer.text === 'string' ? Buffer.from(answer.text) : answer.text);
  }
  if (answer.type === 'connect') throw newBadRequest('Upgrade request required');
  if (answer.type === 'stream') return stream(response, answer);
  const form = negotiate(request.headers.accept, hasProtobuf(answer));
  const included = new URLSearchParams(request.url?.split('?')[1] ?? '').get('includeObject') || 'Metadata';
  if (form.as === 'Table' && !isIncludeObject(included)) throw newBadRequest(`Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(included)}: must be 'Metadata', 'Object', 'None', or empty`);
  const includeObject = included as IncludeObject;
  if (answer.type === 'watch') return watch(response, answer, form, includeObject, now);
  const bytes = encodeAnswer(answer, { form, includeObject, now: now() });
  const code = 'code' in answer ? answer.code : 200;
  if (form.format === 'json' && wantsPretty(request)) return send(request, response, code, 'application/json', Buffer.from(`${JSON.stringify(JSON.parse(bytes.toString('utf8')), null, 2)}\n`));
  return send(request, response, code, MEDIA_TYPES[form.format], bytes);
}

/** Asked for with `?pretty=true`; people with curl or a browser get it unasked. models responsewriters: isPrettyPrint */
function wantsPretty({ url, headers }: IncomingMessage): boolean {
  const asked = new URLSearchParams(url?.split('?')[1] ?? '').get('pretty');
  if (asked !== null) return isTrue(asked);
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '');
}

async function send(request: IncomingMessage, response: ServerResponse, code: number, contentType: string, bytes: Buffer): Promise<void> {
  if (contentType !== '') response.setHeader('Content-Type', contentType);
  let body = bytes;
  if (bytes.length > GZIP_THRESHOLD && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    body = await compress(bytes, { level: 1 });
    response.setHeader('Content-Encoding', 'gzip');
  }
  response.setHeader('Content-Length', body.length);
  response.writeHead(code);
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** The body of a refusal and what it is, in the form that the caller likes best of those it takes. */
export function statusBody(error: StatusError, accept?: string): { body: Buffer; contentType: string } {
  if (error.plainText === undefined && (accept ?? '').split(',')[0]!.trim().startsWith(PROTOBUF)) return { body: encodeProtobuf(error.status), contentType: PROTOBUF };
  if (error.plainText !== undefined) return { body: Buffer.from(`${error.plainText}\n`), contentType: 'text/plain; charset=utf-8' };
  return { body: Buffer.from(`${JSON.stringify(error.status)}\n`), contentType: 'application/json' };
}

export function writeStatus(request: IncomingMessage, response: ServerResponse, error: StatusError): void {
  const { body, contentType } = statusBody(error, request.headers.accept);
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  for (const warning of error.warnings) response.appendHeader('Warning', `299 - ${JSON.stringify(warning)}`);
  response.writeHead(error.code, { 'content-type': contentType, 'content-length': body.length, 'cache-control': 'no-cache, private' });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function stream(response: ServerResponse, answer: StreamAnswer): Promise<void> {
  let isOpen = true;
  response.on('close', () => {
    isOpen = false;
    answer.abort();
  });
  response.writeHead(answer.code, { ...answer.headers, 'content-type': answer.contentType });
  response.flushHeaders();
  for await (const chunk of answer.source) {
    if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
    if (!isOpen) break;
  }
  response.end();
}

async function watch(response: ServerResponse, answer: WatchAnswer, form: Form, includeObject: IncludeObject, now: () => number): Promise<void> {
  let isOpen = true;
  response.on('close', () => {
    isOpen = false;
    answer.close();
  });
  response.writeHead(200, { 'content-type': form.format === 'protobuf' ? `${PROTOBUF};stream=watch` : 'application/json' });
  response.flushHeaders();
  const encoder = new WatchEncoder(answer.definition, form, includeObject, now);
  try {
    for await (const event of answer.watcher) {
      if (!isOpen) return;
      if (!response.write(encoder.encode(event))) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
    }
  } catch (error) {
    // The answer began long ago with a 200.
    if (!(error instanceof StatusError)) throw error;
    if (isOpen) response.write(encoder.encodeError(error));
  } finally {
    answer.close();
    response.end();
  }
}
