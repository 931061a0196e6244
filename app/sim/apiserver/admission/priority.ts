import type { Pod, PriorityClass, Stored } from '../../../contracts/k8s/index.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../interfaces.ts';
import { refusal } from './refusal.ts';

/** Turns the name of a class into a number; lets one class only be the default. models plugin/pkg/admission/priority */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  handles({ operation, group, resource, subresource }) {
    if (subresource !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return false;
    return (group === '' && resource === 'pods') || (group === 'scheduling.k8s.io' && resource === 'priorityclasses');
  },
  admit(attributes, { reader }) {
    if (attributes.resource !== 'pods') return;
    const { spec } = attributes.object as Pod;
    const before = (attributes.previous as Pod | undefined)?.spec;
    if (!spec) return;
    if (!before) return resolve(attributes, spec, reader);
    // What was worked out at creation stays when an update leaves it out.
    if (before.priority !== undefined) spec.priority ??= before.priority;
    if (before.preemptionPolicy !== undefined) spec.preemptionPolicy ??= before.preemptionPolicy;
  },
  validate(attributes, { reader }) {
    const { resource, object, name } = attributes;
    const { globalDefault, metadata } = object as PriorityClass;
    if (resource !== 'priorityclasses' || !globalDefault) return;
    const other = defaultClass(reader);
    if (other && other.metadata.name !== (metadata?.name ?? name)) throw refusal(attributes, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`);
  },
};

function resolve(attributes: AdmissionAttributes, spec: NonNullable<Pod['spec']>, reader: ObjectReader): void {
  const name = spec.priorityClassName;
  const found = name ? reader.get<Stored<PriorityClass>>('priorityclasses', undefined, name) : defaultClass(reader);
  if (name && !found) throw refusal(attributes, `no PriorityClass with name ${name} was found`, 'mutating');
  const value = found?.value ?? 0;
  const policy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
  if (found) spec.priorityClassName = found.metadata.name;
  if (spec.priority !== undefined && spec.priority !== value) {
    throw refusal(attributes, `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`, 'mutating');
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw refusal(attributes, `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`, 'mutating');
  }
  spec.priority = value;
  spec.preemptionPolicy = policy;
}

/** Of several defaults the least counts. */
function defaultClass(reader: ObjectReader): Stored<PriorityClass> | undefined {
  const defaults = reader.list<Stored<PriorityClass>>('priorityclasses').filter(({ globalDefault }) => globalDefault);
  return [...defaults].sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
}
