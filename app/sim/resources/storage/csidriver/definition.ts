import type { CSIDriver } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { dns1123SubdomainProblems } from '../../../machinery/names.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { duplicate, invalidName, notSupported } from '../../shared/findings.ts';
import { immutable } from '../../shared/storage-rules.ts';

const GROUP_POLICIES = ['File', 'None', 'ReadWriteOnceWithFSType'];
const LIFECYCLE_MODES = ['Ephemeral', 'Persistent'];

export const csiDriver = defineResource<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  singular: 'csidriver',
  scope: 'Cluster',
  schema: 'io.k8s.api.storage.v1.CSIDriver',
  storage: 'csidrivers',
  allowUnconditionalUpdate: false,
  /** models pkg/apis/storage/v1: SetDefaults_CSIDriver */
  applyDefaults(object) {
    const spec = (object.spec ??= {} as never);
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  validate,
  columns: columnsOf<CSIDriver>('storage.k8s.io/v1/csidrivers', [
    objectName,
    (object) => object.spec.attachRequired ?? true,
    (object) => object.spec.podInfoOnMount ?? false,
    (object) => object.spec.storageCapacity ?? false,
    (object) => (object.spec.tokenRequests ?? []).map(({ audience }) => audience || '""').join(',') || '<unset>',
    (object) => object.spec.requiresRepublish ?? false,
    (object) => (object.spec.volumeLifecycleModes ?? []).join(',') || '<none>',
    objectAge,
  ]),
});

/** models pkg/apis/storage/validation: ValidateCSIDriver, ValidateCSIDriverUpdate */
function validate(object: Readonly<CSIDriver>, previous?: Readonly<CSIDriver>): FieldError[] {
  const { spec } = object;
  const name = object.metadata?.name ?? '';
  const findings = invalidName('metadata.name', name, dns1123SubdomainProblems(name.toLowerCase())).filter(() => name !== '');
  if (spec.fsGroupPolicy && !GROUP_POLICIES.includes(spec.fsGroupPolicy)) findings.push(notSupported('spec.fsGroupPolicy', spec.fsGroupPolicy, GROUP_POLICIES));
  const audiences = new Set<string>();
  for (const [index, { audience }] of (spec.tokenRequests ?? []).entries()) {
    if (audiences.has(audience)) findings.push(duplicate(`spec.tokenRequests[${index}].audience`, audience));
    audiences.add(audience);
  }
  for (const mode of spec.volumeLifecycleModes ?? []) if (!LIFECYCLE_MODES.includes(mode)) findings.push(notSupported('spec.volumeLifecycleModes', mode, LIFECYCLE_MODES));
  if (!previous) return findings;
  return [
    ...findings,
    ...immutable(spec.attachRequired, previous.spec.attachRequired, 'spec.attachRequired'),
    ...immutable(spec.volumeLifecycleModes, previous.spec.volumeLifecycleModes, 'spec.volumeLifecycleModes'),
  ];
}
