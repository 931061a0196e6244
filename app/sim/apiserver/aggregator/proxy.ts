import { request as httpsRequest } from 'node:https';
import type { APIService, Service } from '../../../contracts/k8s/index.ts';
import { StatusError } from '../../machinery/status.ts';
import type { HandledRequest } from '../filters/handler.ts';
import type { Answer } from '../handlers/answer.ts';
import { goNetworkError } from '../webhooks/network-errors.ts';

const TIMEOUT_MS = 30_000;

/**
 * Sends a request on to an extension server outside: a Service of type ExternalName leads to a host of the real network.
 * Nothing in the simulated network speaks TLS.
 */
export async function proxyTo(service: Service | undefined, { spec }: APIService, request: HandledRequest): Promise<Answer> {
  const { externalName, clusterIP } = service?.spec ?? {};
  const port = spec?.service?.port ?? 443;
  const url = new URL(`https://${externalName ?? clusterIP ?? 'service'}:${port}${request.path}`);
  for (const [name, value] of Object.entries(request.query)) if (value !== undefined) url.searchParams.set(name, value);
  if (!externalName) throw failed(`dial tcp ${clusterIP ?? spec?.service?.name ?? ''}:${port}: connect: connection refused`);
  const answer = await send(url, request, spec?.caBundle, spec?.insecureSkipTLSVerify ?? false).catch((error: unknown) => {
    throw failed(goNetworkError(error as NodeJS.ErrnoException, url));
  });
  return { type: 'text', code: answer.code, text: answer.body, contentType: answer.contentType };
}

function failed(problem: string): StatusError {
  return new StatusError({ message: `error trying to reach service: ${problem}`, reason: 'ServiceUnavailable', code: 503 });
}

function send(url: URL, { method, body, contentType, accept, user }: HandledRequest, caBundle: string | undefined, insecure: boolean): Promise<{ code: number; body: string; contentType: string }> {
  const sent = 'bytes' in body ? body.bytes : Buffer.from(body.parsed === undefined ? '' : JSON.stringify(body.parsed));
  return new Promise((resolve, reject) => {
    const call = httpsRequest(url, {
      method, agent: false, timeout: TIMEOUT_MS, rejectUnauthorized: !insecure, ...(caBundle ? { ca: Buffer.from(caBundle, 'base64') } : {}),
      headers: { accept: accept || 'application/json', ...(sent.length > 0 ? { 'content-type': contentType, 'content-length': sent.length } : {}), 'x-remote-user': user.name, 'x-remote-group': [...user.groups] },
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ code: response.statusCode ?? 502, body: Buffer.concat(chunks).toString('utf8'), contentType: response.headers['content-type'] ?? 'application/json' }));
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(Object.assign(new Error('timeout'), { code: 'DEADLINE' })));
    call.on('error', reject);
    call.end(sent);
  });
}
