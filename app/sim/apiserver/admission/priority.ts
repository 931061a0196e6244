import type { Pod } from '../../../contracts/k8s/index.ts';
import { newForbidden } from '../../machinery/errors.ts';
import type { AdmissionPlugin } from '../interfaces.ts';

/** The classes that every cluster has. Others come with the PriorityClass kind. */
const SYSTEM_CLASSES: Readonly<Record<string, number>> = { 'system-cluster-critical': 2_000_000_000, 'system-node-critical': 2_000_001_000 };

/** Turns a class name into a number. models plugin/pkg/admission/priority */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  handles: ({ operation, group, resource, subresource }) => operation === 'CREATE' && group === '' && resource === 'pods' && subresource === '',
  admit({ object }) {
    const pod = object as Pod;
    if (!pod.spec) return;
    const name = pod.spec.priorityClassName;
    const value = name ? SYSTEM_CLASSES[name] : 0;
    if (value === undefined) throw newForbidden({ group: '', resource: 'pods' }, pod.metadata?.name ?? '', `no PriorityClass with name ${name} was found`);
    pod.spec.priority = value;
    pod.spec.preemptionPolicy ??= 'PreemptLowerPriority';
  },
};
