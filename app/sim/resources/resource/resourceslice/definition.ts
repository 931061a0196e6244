import type { ResourceSlice } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../machinery/names.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { invalid, invalidName, required } from '../../shared/findings.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';

export const resourceSlice = defineResource<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  singular: 'resourceslice',
  scope: 'Cluster',
  schema: 'io.k8s.api.resource.v1.ResourceSlice',
  storage: 'resourceslices',
  prepareForCreate: startGeneration,
  prepareForUpdate: (next, previous) => bumpGeneration(next, previous),
  validate: validateSlice,
  columns: columnsOf<ResourceSlice>('resource.k8s.io/v1/resourceslices', [
    objectName,
    (object) => object.spec.nodeName || '<unset>',
    (object) => object.spec.driver,
    (object) => object.spec.pool?.name ?? '',
    objectAge,
  ]),
  selectableFields: { 'spec.nodeName': (object) => object.spec.nodeName ?? '', 'spec.driver': (object) => object.spec.driver },
});

/** models pkg/apis/resource/validation: ValidateResourceSlice, ValidateResourceSliceUpdate */
function validateSlice({ spec }: Readonly<ResourceSlice>, previous?: Readonly<ResourceSlice>): FieldError[] {
  const findings: FieldError[] = spec.driver ? invalidName('spec.driver', spec.driver, dns1123SubdomainProblems(spec.driver)) : [required('spec.driver')];
  if (!spec.pool?.name) findings.push(required('spec.pool.name'));
  if ((spec.pool?.resourceSliceCount ?? 0) <= 0) findings.push(invalid('spec.pool.resourceSliceCount', spec.pool?.resourceSliceCount ?? 0, 'must be greater than zero'));
  const places = [spec.nodeName, spec.nodeSelector, spec.allNodes, spec.perDeviceNodeSelection].filter((place) => place !== undefined);
  if (places.length === 0) findings.push(required('spec', 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required'));
  for (const [index, device] of (spec.devices ?? []).entries()) findings.push(...(device.name ? invalidName(`spec.devices[${index}].name`, device.name, dns1123LabelProblems(device.name)) : [required(`spec.devices[${index}].name`)]));
  if (!previous) return findings;
  for (const field of ['driver', 'nodeName'] as const) if (spec[field] !== previous.spec[field]) findings.push(invalid(`spec.${field}`, spec[field] ?? null, 'field is immutable'));
  if (!deepEqual(spec.pool?.name, previous.spec.pool?.name)) findings.push(invalid('spec.pool.name', spec.pool?.name ?? '', 'field is immutable'));
  return findings;
}
