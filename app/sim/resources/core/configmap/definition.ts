import type { ConfigMap } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { forbidden, invalid, invalidName } from '../../shared/findings.ts';
import { configKeyProblems } from '../../shared/config-keys.ts';

/** models core.MaxSecretSize */
const MAX_BYTES = 1_048_576;

export const configMap = defineResource<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  scope: 'Namespaced',
  shortNames: ['cm'],
  schema: 'io.k8s.api.core.v1.ConfigMap',
  storage: 'configmaps',
  deleteReturns: 'status',
  validate(object, previous) {
    const findings: FieldError[] = [];
    for (const key of Object.keys(object.data ?? {})) {
      findings.push(...invalidName(`data[${key}]`, key, configKeyProblems(key)));
      if (object.binaryData && Object.hasOwn(object.binaryData, key)) findings.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    }
    for (const key of Object.keys(object.binaryData ?? {})) findings.push(...invalidName(`binaryData[${key}]`, key, configKeyProblems(key)));
    const size = [...Object.values(object.data ?? {}), ...Object.values(object.binaryData ?? {})].reduce((sum, value) => sum + value.length, 0);
    if (size > MAX_BYTES) findings.push({ type: 'TooLong', field: '[]', detail: `may not be more than ${MAX_BYTES} bytes` });
    if (previous?.immutable) {
      if (!object.immutable) findings.push(forbidden('immutable', 'field is immutable when `immutable` is set'));
      if (!deepEqual(object.data, previous.data)) findings.push(forbidden('data', 'field is immutable when `immutable` is set'));
      if (!deepEqual(object.binaryData, previous.binaryData)) findings.push(forbidden('binaryData', 'field is immutable when `immutable` is set'));
    }
    return findings;
  },
  columns: columnsOf<ConfigMap>('v1/configmaps', [
    objectName,
    (object) => Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length,
    objectAge,
  ]),
});
