import type { HTTPGetAction, LifecycleHandler, Probe } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { portNameProblems } from '../../../machinery/names.ts';
import { forbidden, invalid, invalidName, nonNegative, notSupported, required } from '../findings.ts';
import { portFindings } from '../ports.ts';

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<LifecycleHandler, 'sleep'>;

/** models apimachinery and core validation: ValidatePortNumOrName */
export function portOrNameFindings(port: number | string | undefined, field: string): FieldError[] {
  return typeof port === 'string' ? invalidName(field, port, portNameProblems(port)) : portFindings(field, port ?? 0);
}

/** models pkg/apis/core/validation: validateHandler */
export function validateHandler(handler: Readonly<Handler>, at: string): FieldError[] {
  const findings: FieldError[] = [];
  let count = 0;
  const each = (name: keyof Handler, check: () => FieldError[]): void => {
    if (handler[name] === undefined) return;
    findings.push(...(count > 0 ? [forbidden(`${at}.${name}`, 'may not specify more than 1 handler type')] : check()));
    count++;
  };
  each('exec', () => ((handler.exec?.command ?? []).length > 0 ? [] : [required(`${at}.exec.command`)]));
  each('httpGet', () => validateHttpGet(handler.httpGet!, `${at}.httpGet`));
  each('tcpSocket', () => portOrNameFindings(handler.tcpSocket!.port as number | string, `${at}.tcpSocket.port`));
  each('grpc', () => portFindings(`${at}.grpc.port`, handler.grpc!.port));
  each('sleep', () => []);
  return count === 0 ? [...findings, required(at, 'must specify a handler type')] : findings;
}

function validateHttpGet(get: Readonly<HTTPGetAction>, at: string): FieldError[] {
  const findings: FieldError[] = get.path ? [] : [required(`${at}.path`)];
  findings.push(...portOrNameFindings(get.port as number | string, `${at}.port`));
  if (!['HTTP', 'HTTPS'].includes(get.scheme ?? '')) findings.push(notSupported(`${at}.scheme`, get.scheme ?? '', ['HTTP', 'HTTPS']));
  for (const { name } of get.httpHeaders ?? []) {
    if (!/^[-A-Za-z0-9]+$/.test(name)) findings.push(invalid(`${at}.httpHeaders`, name, "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"));
  }
  return findings;
}

/** models pkg/apis/core/validation: validateProbe, validateLivenessProbe, validateReadinessProbe, validateStartupProbe */
export function validateProbe(probe: Readonly<Probe> | undefined, at: string, kind: 'liveness' | 'readiness' | 'startup'): FieldError[] {
  if (!probe) return [];
  const findings = validateHandler(probe, at);
  for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const) findings.push(...nonNegative(`${at}.${field}`, probe[field]));
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) findings.push(invalid(`${at}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  if (kind === 'readiness') {
    if (grace !== undefined) findings.push(invalid(`${at}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'));
  } else if (probe.successThreshold !== 1) findings.push(invalid(`${at}.successThreshold`, probe.successThreshold ?? 0, 'must be 1'));
  return findings;
}
