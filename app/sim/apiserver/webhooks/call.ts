import { request } from 'node:https';
import type { Service } from '../../../contracts/k8s/index.ts';
import type { ObjectReader } from '../interfaces.ts';
import { goNetworkError } from './network-errors.ts';

/** Where to ask. */
export interface ClientConfig {
  readonly url?: string;
  readonly service?: { readonly namespace?: string; readonly name?: string; readonly path?: string; readonly port?: number };
  readonly caBundle?: string;
}

/** The webhook could not be asked, or did not answer as one. The message reads as Go's HTTP client words it. */
export class WebhookCallError extends Error {}

/**
 * POSTs a review to a webhook over HTTPS and reads its JSON answer. Real sockets, real time.
 *
 * models apiserver/pkg/util/webhook: ClientManager
 */
export async function callWebhook(config: ClientConfig, review: unknown, timeoutMs: number, reader: ObjectReader): Promise<unknown> {
  const text = `${config.url ?? serviceUrl(config)}${config.url?.includes('?') ? '&' : '?'}timeout=${Math.round(timeoutMs / 1000)}s`;
  const url = new URL(text);
  const shown = `Post ${JSON.stringify(text)}`;
  const host = config.url ? undefined : serviceHost(config, reader, shown);
  const { status, body } = await post(url, host, JSON.stringify(review), config.caBundle, timeoutMs).catch((error: unknown) => {
    throw new WebhookCallError(`${shown}: ${goNetworkError(error as NodeJS.ErrnoException, url)}`);
  });
  if (status < 200 || status > 299) throw new WebhookCallError(refusedText(status, body));
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new WebhookCallError(`couldn't get version/kind; json parse error: invalid character '${body.trim()[0] ?? ''}' looking for beginning of value`);
  }
}

/**
 * Where a Service leads: to a host of the real network when it is of type ExternalName. Nothing in the simulated network
 * speaks TLS, so behind a cluster address nobody answers.
 */
function serviceHost({ service }: ClientConfig, reader: ObjectReader, shown: string): string {
  const { namespace, name = '', port = 443 } = service ?? {};
  const found = reader.get<Service>('services/specs', namespace, name);
  if (!found) throw new WebhookCallError(`${shown}: service ${JSON.stringify(name)} not found`);
  if (found.spec?.type === 'ExternalName') return found.spec.externalName ?? '';
  if (!found.spec?.ports?.some((candidate) => candidate.port === port)) throw new WebhookCallError(`${shown}: no service port ${port} found for service ${JSON.stringify(name)}`);
  throw new WebhookCallError(`${shown}: dial tcp ${found.spec.clusterIP}:${port}: connect: connection refused`);
}

function serviceUrl({ service }: ClientConfig): string {
  const { namespace = '', name = '', path = '/', port = 443 } = service ?? {};
  return `https://${name}.${namespace}.svc:${port}${path}`;
}

/** models client-go/rest: the Status of an answer that is none. */
function refusedText(status: number, body: string): string {
  const texts: Readonly<Record<number, string>> = { 404: 'the server could not find the requested resource', 403: 'forbidden', 401: 'the server has asked for the client to provide credentials', 503: 'the server is currently unable to handle the request' };
  if (status === 500) return `an error on the server (${JSON.stringify(body.trim())}) has prevented the request from succeeding`;
  return texts[status] ?? `the server responded with the status code ${status} but did not return more details`;
}

function post(url: URL, host: string | undefined, body: string, caBundle: string | undefined, timeoutMs: number): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, {
      ...(host ? { host, servername: url.hostname } : {}),
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, */*', 'content-length': Buffer.byteLength(body), 'user-agent': 'kube-apiserver-admission' },
      ...(caBundle ? { ca: Buffer.from(caBundle, 'base64') } : {}),
      agent: false,
      timeout: timeoutMs,
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(Object.assign(new Error('timeout'), { code: 'DEADLINE' })));
    call.on('error', reject);
    call.end(body);
  });
}
