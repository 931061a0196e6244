import type { StorageClass } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { qualifiedNameProblems } from '../../../machinery/names.ts';
import { defineResource } from '../../definition.ts';
import { objectAge } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { invalid, invalidName, notSupported, required, tooLong } from '../../shared/findings.ts';
import { immutable } from '../../shared/storage-rules.ts';

const RECLAIM_POLICIES = ['Delete', 'Retain'];
const BINDING_MODES = ['Immediate', 'WaitForFirstConsumer'];
export const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
const BETA_DEFAULT_CLASS = 'storageclass.beta.kubernetes.io/is-default-class';
const PARAMETERS_LIMIT = 256 * 1024;

export const storageClass = defineResource<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  singular: 'storageclass',
  scope: 'Cluster',
  shortNames: ['sc'],
  schema: 'io.k8s.api.storage.v1.StorageClass',
  storage: 'storageclasses',
  applyDefaults(object) {
    object.reclaimPolicy ??= 'Delete';
    object.volumeBindingMode ??= 'Immediate';
  },
  validate,
  columns: columnsOf<StorageClass>('storage.k8s.io/v1/storageclasses', [
    (object) => `${object.metadata?.name ?? ''}${isDefaultClass(object) ? ' (default)' : ''}`,
    (object) => object.provisioner,
    (object) => object.reclaimPolicy ?? 'Delete',
    (object) => object.volumeBindingMode ?? 'Immediate',
    (object) => object.allowVolumeExpansion ?? false,
    objectAge,
  ]),
});

/** models pkg/volume/util: IsDefaultAnnotation */
export function isDefaultClass(object: Readonly<StorageClass>): boolean {
  const annotations = object.metadata?.annotations ?? {};
  return annotations[DEFAULT_CLASS] === 'true' || annotations[BETA_DEFAULT_CLASS] === 'true';
}

/** models pkg/apis/storage/validation: ValidateStorageClass, ValidateStorageClassUpdate */
function validate(object: Readonly<StorageClass>, previous?: Readonly<StorageClass>): FieldError[] {
  const findings: FieldError[] = [];
  if (!object.provisioner) findings.push(required('provisioner'));
  else findings.push(...invalidName('provisioner', object.provisioner, qualifiedNameProblems(object.provisioner.toLowerCase())));
  let size = 0;
  for (const [key, value] of Object.entries(object.parameters ?? {})) {
    if (key === '') findings.push(invalid('parameters', '', 'field can not be empty.'));
    size += key.length + value.length;
  }
  if (size > PARAMETERS_LIMIT) findings.push(tooLong('parameters', PARAMETERS_LIMIT));
  if (object.reclaimPolicy && !RECLAIM_POLICIES.includes(object.reclaimPolicy)) findings.push(notSupported('reclaimPolicy', object.reclaimPolicy, RECLAIM_POLICIES));
  if (object.volumeBindingMode && !BINDING_MODES.includes(object.volumeBindingMode)) findings.push(notSupported('volumeBindingMode', object.volumeBindingMode, BINDING_MODES));
  if (!previous) return findings;
  return [
    ...findings,
    ...immutable(object.parameters ?? {}, previous.parameters ?? {}, 'parameters'), ...immutable(object.provisioner, previous.provisioner, 'provisioner'),
    ...immutable(object.reclaimPolicy, previous.reclaimPolicy, 'reclaimPolicy'), ...immutable(object.volumeBindingMode, previous.volumeBindingMode, 'volumeBindingMode'),
  ];
}
