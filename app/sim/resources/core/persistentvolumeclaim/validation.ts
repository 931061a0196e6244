import type { PersistentVolumeClaim } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { unifiedDiff } from '../../../machinery/go-diff.ts';
import { clone, deepEqual } from '../../../machinery/objects.ts';
import { parseQuantity } from '../../../machinery/quantity.ts';
import { forbidden, invalid, required } from '../../shared/findings.ts';
import { BETA_STORAGE_CLASS, immutable, validateAccessModes, validateClassName, validatePositiveQuantity, validateVolumeMode } from '../../shared/storage-rules.ts';
import { validateLabelSelector } from '../../shared/validate-labels.ts';
import { goStruct } from '../persistentvolume/go-form.ts';

/** models pkg/apis/core/validation: ValidatePersistentVolumeClaimSpec; used for claims, claim templates and ephemeral volumes. */
export function validateClaimSpec(spec: Readonly<NonNullable<PersistentVolumeClaim['spec']>>, field: string): FieldError[] {
  const findings: FieldError[] = [];
  if ((spec.accessModes ?? []).length === 0) findings.push(required(`${field}.accessModes`, 'at least 1 access mode is required'));
  findings.push(...validateLabelSelector(spec.selector, `${field}.selector`), ...validateAccessModes(spec.accessModes ?? [], `${field}.accessModes`));
  const size = spec.resources?.requests?.['storage'];
  if (size === undefined) findings.push(required(`${field}.resources[storage]`));
  else findings.push(...validatePositiveQuantity(size, `${field}.resources[storage]`));
  findings.push(...validateClassName(spec.storageClassName, `${field}.storageClassName`), ...validateVolumeMode(spec.volumeMode, `${field}.volumeMode`));
  if (spec.dataSource && spec.dataSourceRef && !spec.dataSourceRef.namespace && !deepEqual(spec.dataSource, spec.dataSourceRef)) {
    findings.push(invalid(field, `${field}.dataSource`, 'must match dataSourceRef'));
  }
  return findings;
}

/** models ValidatePersistentVolumeClaim, ValidatePersistentVolumeClaimUpdate */
export function validatePersistentVolumeClaim(object: Readonly<PersistentVolumeClaim>, previous?: Readonly<PersistentVolumeClaim>): FieldError[] {
  const findings = validateClaimSpec(object.spec ?? {}, 'spec');
  return previous ? [...findings, ...validateUpdate(object, previous)] : findings;
}

function validateUpdate(object: Readonly<PersistentVolumeClaim>, previous: Readonly<PersistentVolumeClaim>): FieldError[] {
  const findings: FieldError[] = [];
  const next = clone(object.spec ?? {});
  const before = clone(previous.spec ?? {});
  // The binder sets the volume's name, once.
  if (!before.volumeName) {
    if (next.volumeName) before.volumeName = next.volumeName;
    else delete before.volumeName;
  }
  if (before.storageClassName === undefined && next.storageClassName !== undefined && !previous.metadata?.annotations?.[BETA_STORAGE_CLASS]) before.storageClassName = next.storageClassName;
  const isBound = object.status?.phase === 'Bound';
  if (isBound && next.resources?.requests && before.resources?.requests?.['storage'] !== undefined) next.resources.requests['storage'] = before.resources.requests['storage'];
  if (isBound && next.volumeAttributesClassName !== undefined) {
    if (before.volumeAttributesClassName === undefined) delete next.volumeAttributesClassName;
    else next.volumeAttributesClassName = before.volumeAttributesClassName;
  }
  if (!deepEqual(next, before)) {
    const diff = unifiedDiff(goStruct('PersistentVolumeClaimSpec', before as Record<string, unknown>), goStruct('PersistentVolumeClaimSpec', next as Record<string, unknown>));
    findings.push(forbidden('spec', `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${diff}`));
  }
  const size = (claim: Readonly<PersistentVolumeClaim>): ReturnType<typeof parseQuantity> => parseQuantity(claim.spec?.resources?.requests?.['storage'] ?? '0');
  if (size(object).cmp(size(previous)) < 0 && size(object).cmp(parseQuantity(previous.status?.capacity?.['storage'] ?? '0')) <= 0) {
    findings.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  findings.push(...immutable(object.spec?.volumeMode, previous.spec?.volumeMode, 'volumeMode'));
  if (previous.spec?.volumeAttributesClassName !== undefined && !object.spec?.volumeAttributesClassName) {
    findings.push(forbidden('spec.volumeAttributesClassName', `update from non-nil value to ${object.spec?.volumeAttributesClassName === undefined ? 'nil' : 'an empty string'} is forbidden`));
  }
  return findings;
}
