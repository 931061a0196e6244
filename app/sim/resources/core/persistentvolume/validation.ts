import type { HostPathVolumeSource, PersistentVolume, PersistentVolumeSpec } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { unifiedDiff } from '../../../machinery/go-diff.ts';
import { forbidden, invalid, notSupported, required } from '../../shared/findings.ts';
import { immutable, validateAccessModes, validateClassName, validatePositiveQuantity, validateVolumeMode } from '../../shared/storage-rules.ts';
import { goStruct, SOURCE_FIELDS } from './go-form.ts';

const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];
const HOST_PATH_TYPES = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

/** models pkg/apis/core/validation: ValidatePersistentVolume, ValidatePersistentVolumeUpdate */
export function validatePersistentVolume(object: Readonly<PersistentVolume>, previous?: Readonly<PersistentVolume>): FieldError[] {
  const spec = object.spec ?? {};
  const findings: FieldError[] = [];
  if ((spec.accessModes ?? []).length === 0) findings.push(required('spec.accessModes'));
  findings.push(...validateAccessModes(spec.accessModes ?? [], 'spec.accessModes'), ...validateCapacity(spec));
  const policy = spec.persistentVolumeReclaimPolicy ?? '';
  if (policy && !RECLAIM_POLICIES.includes(policy)) findings.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM_POLICIES));
  findings.push(...validateNodeAffinity(spec), ...validateSource(spec));
  if (spec.hostPath && /^\/*$/.test(spec.hostPath.path ?? '') && spec.hostPath.path && policy === 'Recycle') {
    findings.push(forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"));
  }
  findings.push(...validateClassName(spec.storageClassName, 'spec.storageClassName'), ...validateVolumeMode(spec.volumeMode, 'spec.volumeMode'));
  return previous ? [...findings, ...validateUpdate(object, previous)] : findings;
}

function validateCapacity({ capacity }: Readonly<PersistentVolumeSpec>): FieldError[] {
  const names = Object.keys(capacity ?? {});
  const findings: FieldError[] = names.length === 0 ? [required('spec.capacity')] : [];
  if (!names.includes('storage') || names.length > 1) findings.push(notSupported('spec.capacity', capacity ?? null, ['storage']));
  return [...findings, ...names.flatMap((name) => validatePositiveQuantity(capacity![name]!, `spec.capacity[${name}]`))];
}

function validateNodeAffinity({ nodeAffinity }: Readonly<PersistentVolumeSpec>): FieldError[] {
  if (!nodeAffinity) return [];
  if (!nodeAffinity.required) return [required('spec.nodeAffinity.required', 'must specify required node constraints')];
  return (nodeAffinity.required.nodeSelectorTerms ?? []).length === 0 ? [required('spec.nodeAffinity.required.nodeSelectorTerms', 'must have at least one node selector term')] : [];
}

function validateSource(spec: Readonly<PersistentVolumeSpec>): FieldError[] {
  const findings: FieldError[] = [];
  // Upstream asks the sources in an order of its own, the host path first.
  const present = ['hostPath', ...SOURCE_FIELDS.filter((field) => field !== 'hostPath')].filter((field) => (spec as Record<string, unknown>)[field] !== undefined && (spec as Record<string, unknown>)[field] !== null);
  if (present.length === 0) return [required('spec', 'must specify a volume type')];
  for (const field of present.slice(1)) findings.push(forbidden(`spec.${field}`, 'may not specify more than 1 volume type'));
  switch (present[0]) {
    case 'hostPath':
      findings.push(...validateHostPath(spec.hostPath!, 'spec.hostPath'));
      break;
    case 'nfs':
      if (!spec.nfs!.server) findings.push(required('spec.nfs.server'));
      if (!spec.nfs!.path) findings.push(required('spec.nfs.path'));
      else if (!spec.nfs!.path.startsWith('/')) findings.push(invalid('spec.nfs.path', spec.nfs!.path, 'must be an absolute path'));
      break;
    case 'local':
      if (!spec.local!.path) findings.push(required('spec.local.path'));
      else findings.push(...noBacksteps(spec.local!.path, 'spec.local.path'));
      if (!spec.nodeAffinity) findings.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
      break;
    case 'csi':
      if (!spec.csi!.driver) findings.push(required('spec.csi.driver'));
      if (!spec.csi!.volumeHandle) findings.push(required('spec.csi.volumeHandle'));
      break;
  }
  return findings;
}

function validateHostPath(source: Readonly<HostPathVolumeSource>, field: string): FieldError[] {
  if (!source.path) return [required(`${field}.path`)];
  const findings = noBacksteps(source.path, `${field}.path`);
  if (source.type && !HOST_PATH_TYPES.includes(source.type)) findings.push(notSupported(`${field}.type`, source.type, HOST_PATH_TYPES));
  return findings;
}

function noBacksteps(path: string, field: string): FieldError[] {
  return path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : [];
}

function validateUpdate(object: Readonly<PersistentVolume>, previous: Readonly<PersistentVolume>): FieldError[] {
  const next = object.spec ?? {};
  const before = previous.spec ?? {};
  const findings: FieldError[] = [];
  const pick = (spec: Readonly<PersistentVolumeSpec>): Record<string, unknown> => Object.fromEntries(SOURCE_FIELDS.map((field) => [field, (spec as Record<string, unknown>)[field]]));
  if (!deepEqual(pick(next), pick(before))) {
    const diff = unifiedDiff(goStruct('PersistentVolumeSource', pick(before)), goStruct('PersistentVolumeSource', pick(next)));
    findings.push(forbidden('spec.persistentvolumesource', `spec.persistentvolumesource is immutable after creation\n${diff}`));
  }
  findings.push(...immutable(next.volumeMode, before.volumeMode, 'volumeMode'));
  if (before.nodeAffinity && !deepEqual(before.nodeAffinity, next.nodeAffinity)) findings.push(...immutable(next.nodeAffinity, before.nodeAffinity, 'nodeAffinity'));
  return findings;
}
