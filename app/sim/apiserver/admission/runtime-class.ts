import type { Pod, RuntimeClass } from '../../../contracts/k8s/index.ts';
import { deepEqual } from '../../machinery/objects.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../interfaces.ts';
import { refusal } from './refusal.ts';

const UNEQUAL = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

/** A Pod bears the overhead of its runtime and goes where that runtime is. models plugin/pkg/admission/runtimeclass */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  handles: ({ operation, group, resource, subresource }) => operation === 'CREATE' && group === '' && resource === 'pods' && subresource === '',
  admit(attributes, { reader }) {
    const { spec } = attributes.object as Pod;
    const found = classOf(attributes, reader, 'mutating');
    if (!spec || !found) return;
    const { overhead, scheduling } = found;
    if (overhead) {
      if (spec.overhead && !deepEqual(spec.overhead, overhead.podFixed)) throw refusal(attributes, UNEQUAL, 'mutating');
      spec.overhead = { ...overhead.podFixed };
    }
    if (!scheduling) return;
    for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
      const own = spec.nodeSelector?.[key];
      if (own !== undefined && own !== value) throw refusal(attributes, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`, 'mutating');
      spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
    }
    const added = (scheduling.tolerations ?? []).filter((toleration) => !(spec.tolerations ?? []).some((own) => deepEqual(own, toleration)));
    if (added.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...added.map((toleration) => ({ ...toleration }))];
  },
  validate(attributes, { reader }) {
    const { spec } = attributes.object as Pod;
    const wanted = classOf(attributes, reader, 'validating')?.overhead?.podFixed;
    if (wanted && !deepEqual(spec?.overhead, wanted)) throw refusal(attributes, UNEQUAL);
    if (!wanted && Object.keys(spec?.overhead ?? {}).length > 0) throw refusal(attributes, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
  },
};

function classOf(attributes: AdmissionAttributes, reader: ObjectReader, phase: 'mutating' | 'validating'): RuntimeClass | undefined {
  const name = (attributes.object as Pod).spec?.runtimeClassName;
  if (!name) return undefined;
  const found = reader.get<RuntimeClass & { metadata: never }>('runtimeclasses', undefined, name);
  if (!found) throw refusal(attributes, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`, phase);
  return found;
}
