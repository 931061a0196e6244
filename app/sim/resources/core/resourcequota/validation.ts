import type { ResourceQuota, ResourceQuotaSpec } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { invalid, required } from '../../shared/findings.ts';
import { amountFindings, isQuotaResource, quotaResourceNameFindings } from '../../shared/resource-names.ts';

const SCOPES = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'PriorityClass', 'CrossNamespacePodAffinity', 'VolumeAttributesClass'];
const WITHOUT_VALUES = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'CrossNamespacePodAffinity'];
const EXCLUSIVE = [['BestEffort', 'NotBestEffort'], ['Terminating', 'NotTerminating']] as const;

/** models pkg/apis/core/validation: ValidateResourceQuota, ValidateResourceQuotaUpdate */
export function validateResourceQuota(object: Readonly<ResourceQuota>, previous?: Readonly<ResourceQuota>): FieldError[] {
  const spec = object.spec ?? {};
  const findings = [...validateAmounts(spec.hard, 'spec.hard'), ...validateScopes(spec), ...validateScopeSelector(spec)];
  if (previous && !deepEqual([...(spec.scopes ?? [])].sort(), [...(previous.spec?.scopes ?? [])].sort())) {
    findings.push(invalid('spec.scopes', spec.scopes ?? null, 'field is immutable'));
  }
  return findings;
}

/** models ValidateResourceQuotaStatusUpdate */
export function validateQuotaStatus({ status }: Readonly<ResourceQuota>): FieldError[] {
  return [...validateAmounts(status?.hard, 'status.hard'), ...validateAmounts(status?.used, 'status.used')];
}

function validateAmounts(amounts: Readonly<Record<string, string>> | undefined, field: string): FieldError[] {
  return Object.entries(amounts ?? {}).flatMap(([name, value]) => [
    ...quotaResourceNameFindings(name, `${field}[${name}]`),
    ...amountFindings(name, value, `${field}[${name}]`),
  ]);
}

/** models helper: IsResourceQuotaScopeValidForResource */
function appliesTo(scope: string, resource: string): boolean {
  if (scope === 'BestEffort') return resource === 'pods';
  if (scope === 'VolumeAttributesClass') return resource === 'persistentvolumeclaims' || resource === 'requests.storage';
  return resource === 'pods' || /^((requests|limits)\.)?(cpu|memory)$/.test(resource);
}

const misplaced = (scope: string, spec: ResourceQuotaSpec): string[] => Object.keys(spec.hard ?? {}).sort().filter((name) => isQuotaResource(name) && !appliesTo(scope, name));

function validateScopes(spec: Readonly<ResourceQuotaSpec>): FieldError[] {
  const scopes = spec.scopes ?? [];
  const findings = scopes.flatMap((scope) => [
    ...(SCOPES.includes(scope) ? [] : [invalid('spec.scopes', scopes, 'unsupported scope')]),
    ...misplaced(scope, spec).map(() => invalid('spec.scopes', scopes, 'unsupported scope applied to resource')),
  ]);
  for (const pair of EXCLUSIVE) if (pair.every((scope) => scopes.includes(scope))) findings.push(invalid('spec.scopes', scopes, 'conflicting scopes'));
  return findings;
}

function validateScopeSelector(spec: Readonly<ResourceQuotaSpec>): FieldError[] {
  const at = 'spec.scopeSelector.matchExpressions';
  const expressions = spec.scopeSelector?.matchExpressions ?? [];
  const findings = expressions.flatMap(({ scopeName, operator, values }): FieldError[] => {
    const found: FieldError[] = [];
    if (!SCOPES.includes(scopeName)) found.push(invalid(`${at}.scopeName`, scopeName, 'unsupported scope'));
    found.push(...misplaced(scopeName, spec).map(() => invalid(at, spec.scopeSelector, 'unsupported scope applied to resource')));
    if (WITHOUT_VALUES.includes(scopeName) && operator !== 'Exists') {
      found.push(invalid(`${at}.operator`, operator, "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"));
    }
    if (operator === 'In' || operator === 'NotIn') {
      if (!values?.length) found.push(required(`${at}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values?.length) found.push(invalid(`${at}.values`, values, "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector"));
    } else found.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'));
    return found;
  });
  const names = expressions.map(({ scopeName }) => scopeName);
  for (const pair of EXCLUSIVE) if (pair.every((scope) => names.includes(scope))) findings.push(invalid(at, spec.scopes ?? null, 'conflicting scopes'));
  return findings;
}
