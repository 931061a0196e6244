import type { Secret } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { goJsonProblem } from '../../../machinery/go-json.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { forbidden, invalid, invalidName, required } from '../../shared/findings.ts';
import { configKeyProblems } from '../../shared/config-keys.ts';

/** Keys that a type demands. models pkg/apis/core/validation: ValidateSecret */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

export const secret = defineResource<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  scope: 'Namespaced',
  schema: 'io.k8s.api.core.v1.Secret',
  storage: 'secrets',
  deleteReturns: 'status',
  /** stringData is write-only: it lands in data. */
  applyDefaults(object) {
    object.type ??= 'Opaque';
    if (!object.stringData) return;
    object.data = { ...object.data };
    for (const [key, value] of Object.entries(object.stringData)) object.data[key] = Buffer.from(value, 'utf8').toString('base64');
    object.data = Object.fromEntries(Object.entries(object.data).sort(([a], [b]) => (a < b ? -1 : 1)));
    delete object.stringData;
  },
  validate(object, previous) {
    const findings: FieldError[] = [];
    if (previous && object.type !== previous.type) findings.push(invalid('type', object.type, 'field is immutable'));
    for (const key of Object.keys(object.data ?? {})) findings.push(...invalidName(`data[${key}]`, key, configKeyProblems(key)));
    for (const key of REQUIRED_KEYS[object.type ?? ''] ?? []) {
      if (!object.data || !Object.hasOwn(object.data, key)) findings.push(required(`data[${key}]`));
    }
    findings.push(...jsonFindings(object), ...accountFindings(object));
    if (object.type === 'kubernetes.io/basic-auth' && !['username', 'password'].some((key) => object.data && Object.hasOwn(object.data, key))) {
      findings.push(required('data[username]'), required('data[password]'));
    }
    if (previous?.immutable) {
      if (!object.immutable) findings.push(forbidden('immutable', 'field is immutable when `immutable` is set'));
      if (!deepEqual(object.data, previous.data)) findings.push(forbidden('data', 'field is immutable when `immutable` is set'));
    }
    return findings;
  },
  columns: columnsOf<Secret>('v1/secrets', [objectName, (object) => object.type ?? '', (object) => Object.keys(object.data ?? {}).length, objectAge]),
  selectableFields: { type: (object) => object.type ?? '' },
});

const JSON_KEYS: Readonly<Record<string, string>> = { 'kubernetes.io/dockerconfigjson': '.dockerconfigjson', 'kubernetes.io/dockercfg': '.dockercfg' };

/** Registry credentials must be JSON; what they hold is never repeated. */
function jsonFindings(object: Readonly<Secret>): FieldError[] {
  const key = JSON_KEYS[object.type ?? ''];
  const value = key && object.data?.[key];
  if (!key || value === undefined) return [];
  const problem = goJsonProblem(Buffer.from(value, 'base64').toString('utf8'));
  return problem ? [invalid(`data[${key}]`, '<secret contents redacted>', problem)] : [];
}

function accountFindings(object: Readonly<Secret>): FieldError[] {
  if (object.type !== 'kubernetes.io/service-account-token' || object.metadata?.annotations?.['kubernetes.io/service-account.name']) return [];
  return [required('metadata.annotations[kubernetes.io/service-account.name]')];
}
