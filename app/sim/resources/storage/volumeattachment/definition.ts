import type { VolumeAttachment } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { dns1123SubdomainProblems } from '../../../machinery/names.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { forbidden, invalid, invalidName, required } from '../../shared/findings.ts';

export const volumeAttachment = defineResource<VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  singular: 'volumeattachment',
  scope: 'Cluster',
  schema: 'io.k8s.api.storage.v1.VolumeAttachment',
  storage: 'volumeattachments',
  allowUnconditionalUpdate: false,
  prepareForCreate(object) {
    object.status = { attached: false };
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
  },
  validate,
  columns: columnsOf<VolumeAttachment>('storage.k8s.io/v1/volumeattachments', [
    objectName,
    (object) => object.spec.attacher,
    (object) => object.spec.source.persistentVolumeName ?? '',
    (object) => object.spec.nodeName,
    (object) => object.status?.attached ?? false,
    objectAge,
  ]),
  subresources: { status: {} },
});

/** models pkg/apis/storage/validation: ValidateVolumeAttachment, ValidateVolumeAttachmentUpdate */
function validate(object: Readonly<VolumeAttachment>, previous?: Readonly<VolumeAttachment>): FieldError[] {
  const { spec } = object;
  const findings: FieldError[] = [];
  if (!spec?.attacher) findings.push(required('spec.attacher'));
  else findings.push(...invalidName('spec.attacher', spec.attacher, dns1123SubdomainProblems(spec.attacher.toLowerCase())));
  const { inlineVolumeSpec, persistentVolumeName } = spec?.source ?? {};
  if (inlineVolumeSpec && persistentVolumeName !== undefined) findings.push(forbidden('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  else if (!inlineVolumeSpec && persistentVolumeName === undefined) findings.push(required('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  else if (persistentVolumeName === '') findings.push(required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName'));
  if (!spec?.nodeName) findings.push(invalid('spec.nodeName', '', 'name part must be non-empty'));
  if (previous && !deepEqual(spec, previous.spec)) findings.push(invalid('spec', spec, 'field is immutable'));
  return findings;
}
