import type { ObjectFieldSelector, ResourceFieldSelector } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { qualifiedNameProblems } from '../../../machinery/names.ts';
import { parseQuantity } from '../../../machinery/quantity.ts';
import { invalid, invalidName, notSupported, required } from '../findings.ts';

/** What the downward API knows at all. models pkg/apis/core/pods: ConvertDownwardAPIFieldLabel */
const KNOWN_PATHS = new Set([
  'metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'spec.schedulerName',
  'status.phase', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs', 'spec.host',
]);
export const ENVIRONMENT_FIELD_PATHS = ['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'];
export const VOLUME_FIELD_PATHS = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
const RESOURCES = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory'];
const BYTE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** models pkg/apis/core/validation: validateObjectFieldSelector */
export function fieldRefFindings(ref: Readonly<ObjectFieldSelector>, supported: readonly string[], at: string): FieldError[] {
  if (!ref.apiVersion) return [required(`${at}.apiVersion`)];
  const path = ref.fieldPath ?? '';
  if (path === '') return [required(`${at}.fieldPath`)];
  const [, base = path, subscript] = /^(.+)\['(.*)'\]$/.exec(path) ?? [];
  if (!KNOWN_PATHS.has(base)) return [invalid(`${at}.fieldPath`, path, `error converting fieldPath: field label not supported: ${path}`)];
  if (subscript !== undefined) {
    if (base === 'metadata.annotations') return invalidName(at, subscript, qualifiedNameProblems(subscript.toLowerCase()));
    if (base === 'metadata.labels') return invalidName(at, subscript, qualifiedNameProblems(subscript));
    return [invalid(`${at}.fieldPath`, path, `error converting fieldPath: field label does not support subscript: ${path}`)];
  }
  return supported.includes(base) ? [] : [notSupported(`${at}.fieldPath`, base, supported)];
}

/** models pkg/apis/core/validation: validateContainerResourceFieldSelector */
export function resourceFieldRefFindings(ref: Readonly<ResourceFieldSelector>, at: string, isVolume: boolean): FieldError[] {
  if (isVolume && !ref.containerName) return [required(`${at}.containerName`)];
  const resource = ref.resource ?? '';
  if (resource === '') return [required(`${at}.resource`)];
  if (!RESOURCES.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) return [notSupported(`${at}.resource`, resource, RESOURCES)];
  const divisor = ref.divisor === undefined ? '0' : String(parseQuantity(ref.divisor));
  if (divisor === '0') return [];
  if (resource.endsWith('.cpu')) return ['1', '1m'].includes(divisor) ? [] : [invalid(`${at}.divisor`, divisor, "only divisor's values 1m and 1 are supported with the cpu resource")];
  const kind = resource.endsWith('memory') ? 'memory' : resource.includes('hugepages') ? 'hugepages' : 'local ephemeral storage';
  return BYTE_DIVISORS.includes(divisor) ? [] : [invalid(`${at}.divisor`, divisor, `only divisor's values ${BYTE_DIVISORS.join(', ')} are supported with the ${kind} resource`)];
}
