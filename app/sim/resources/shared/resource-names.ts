import type { FieldError } from '../../machinery/field-error.ts';
import { qualifiedNameProblems } from '../../machinery/names.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { invalid, invalidName } from './findings.ts';

// models pkg/apis/core/helper: which names of resources are standard where
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const COUNTED = ['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps', 'persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers'];
const QUOTA = new Set([...COMPUTE, ...COMPUTE.map((name) => `requests.${name}`), ...COMPUTE.map((name) => `limits.${name}`), ...COUNTED, 'requests.storage']);
const STANDARD = new Set([...QUOTA, 'storage']);

const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isQuotaHugePages = (name: string): boolean => isHugePages(name) || name.startsWith('requests.hugepages-');

/** Without a domain, or in kubernetes.io's. */
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
export const isOvercommitAllowed = (name: string): boolean => isNative(name) && !isHugePages(name);
export const isQuotaResource = (name: string): boolean => QUOTA.has(name) || isQuotaHugePages(name);

/** models helper: IsExtendedResourceName */
function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.') && qualifiedNameProblems(`requests.${name}`).length === 0;
}

/** models core validation: validateResourceName */
export function resourceNameFindings(name: string, field: string): FieldError[] {
  const findings = invalidName(field, name, qualifiedNameProblems(name));
  if (findings.length === 0 && !name.includes('/') && !STANDARD.has(name) && !isQuotaHugePages(name)) findings.push(invalid(field, name, 'must be a standard resource type or fully qualified'));
  return findings;
}

/** models core validation: validateContainerResourceName */
export function containerResourceNameFindings(name: string, field: string): FieldError[] {
  const findings = resourceNameFindings(name, field);
  if (!name.includes('/')) {
    if (!COMPUTE.includes(name) && !isHugePages(name)) findings.push(invalid(field, name, 'must be a standard resource for containers'));
  } else if (!isNative(name) && !isExtended(name)) {
    findings.push(invalid(field, name, "doesn't follow extended resource name standard"));
  }
  return findings;
}

/** models core validation: ValidateResourceQuotaResourceName */
export function quotaResourceNameFindings(name: string, field: string): FieldError[] {
  const findings = resourceNameFindings(name, field);
  if (!name.includes('/') && !isQuotaResource(name)) findings.push(invalid(field, name, 'must be a standard resource for quota'));
  return findings;
}

/** models core validation: validateLimitRangeTypeName */
export function limitTypeFindings(type: string, field: string): FieldError[] {
  const findings = invalidName(field, type, qualifiedNameProblems(type));
  if (findings.length === 0 && !type.includes('/') && !['Pod', 'Container', 'PersistentVolumeClaim'].includes(type)) findings.push(invalid(field, type, 'must be a standard limit type or fully qualified'));
  return findings;
}

/** models core validation: ValidateResourceQuantityValue */
export function amountFindings(name: string, value: string, field: string): FieldError[] {
  const quantity = parseQuantity(value);
  const findings: FieldError[] = [];
  if (quantity.sign < 0) findings.push(invalid(field, String(quantity), 'must be greater than or equal to 0'));
  const isWhole = COUNTED.includes(name) || isExtended(name);
  if (isWhole && quantity.milliValue() % 1000 !== 0) findings.push(invalid(field, String(quantity), 'must be an integer'));
  return findings;
}
