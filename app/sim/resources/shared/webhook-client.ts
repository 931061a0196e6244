import type { FieldError } from '../../machinery/field-error.ts';
import { forbidden, invalid, required } from './findings.ts';

/** Where a webhook listens. */
export interface ClientConfig {
  readonly url?: string;
  readonly service?: { readonly namespace?: string; readonly name?: string; readonly path?: string; readonly port?: number };
  readonly caBundle?: string;
}

/** models apiserver/pkg/util/webhook: ValidateWebhookURL, ValidateWebhookService, ValidateCABundle */
export function validateClientConfig({ url, service, caBundle }: ClientConfig, path: string): FieldError[] {
  const findings: FieldError[] = [];
  if ((url === undefined) === (service === undefined)) findings.push(required(path, 'exactly one of url or service is required'));
  if (url !== undefined) findings.push(...validateUrl(url, `${path}.url`));
  if (service) findings.push(...validateService(service, `${path}.service`));
  if (caBundle !== undefined && caBundle !== '' && !Buffer.from(caBundle, 'base64').toString('latin1').includes('-----BEGIN CERTIFICATE-----')) {
    findings.push(invalid(`${path}.caBundle`, caBundle, 'unable to load root certificates: unable to parse bytes as PEM block'));
  }
  return findings;
}

const FORM = 'desired format: https://host[/path]';

function validateUrl(url: string, path: string): FieldError[] {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return url.includes('://') ? [required(path, `url must be a valid URL: parse ${JSON.stringify(url)}: invalid URL; ${FORM}`)] : [invalid(path, '', `'https' is the only allowed URL scheme; ${FORM}`), invalid(path, '', `host must be specified; ${FORM}`)];
  }
  const findings: FieldError[] = [];
  if (parsed.protocol !== 'https:') findings.push(invalid(path, parsed.protocol.slice(0, -1), `'https' is the only allowed URL scheme; ${FORM}`));
  if (parsed.host === '') findings.push(invalid(path, parsed.host, `host must be specified; ${FORM}`));
  if (parsed.username !== '') findings.push(invalid(path, parsed.username, 'user information is not permitted in the URL'));
  if (parsed.hash !== '') findings.push(invalid(path, parsed.hash.slice(1), 'fragments are not permitted in the URL'));
  if (parsed.search !== '') findings.push(invalid(path, parsed.search.slice(1), 'query parameters are not permitted in the URL'));
  return findings;
}

function validateService({ namespace, name, path: servicePath, port }: NonNullable<ClientConfig['service']>, path: string): FieldError[] {
  const findings: FieldError[] = [];
  if (!name) findings.push(required(`${path}.name`, 'service name is required'));
  if (!namespace) findings.push(required(`${path}.namespace`, 'service namespace is required'));
  if (port !== undefined && (port < 1 || port > 65_535)) findings.push(invalid(`${path}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'));
  if (servicePath === undefined) return findings;
  if (!servicePath.startsWith('/')) return [...findings, invalid(`${path}.path`, servicePath, "must start with a '/'")];
  if (servicePath !== '/' && servicePath.slice(1, servicePath.endsWith('/') ? -1 : undefined).split('/').includes('')) return [...findings, invalid(`${path}.path`, servicePath, 'segment[0] may not be empty')];
  return servicePath.includes('?') ? [...findings, forbidden(`${path}.path`, 'query parameters are not permitted')] : findings;
}
