import type { LimitRange, PersistentVolumeClaim, Pod } from '../../../../contracts/k8s/index.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../interfaces.ts';
import { aggregate, refusal } from '../refusal.ts';
import { claimProblems, podProblems } from './constraints.ts';
import { fillDefaults } from './defaults.ts';

/** Sizes of containers, Pods and claims, put in where missing and kept within bounds. models plugin/pkg/admission/limitranger */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  handles({ operation, group, resource, subresource, previous }) {
    if (group !== '' || (operation !== 'CREATE' && operation !== 'UPDATE') || previous?.metadata?.deletionTimestamp) return false;
    // The containers of a Pod cannot change but through resize, so an update has nothing to be filled in or judged.
    if (resource === 'pods') return operation === 'CREATE' ? subresource === '' : subresource === 'resize';
    return resource === 'persistentvolumeclaims' && subresource === '';
  },
  admit(attributes, { reader }) {
    if (attributes.resource !== 'pods' || attributes.operation !== 'CREATE') return;
    for (const range of reader.list<LimitRange>('limitranges', attributes.namespace)) fillDefaults(range, attributes.object as Pod);
  },
  validate(attributes, { reader }) {
    for (const range of reader.list<LimitRange>('limitranges', attributes.namespace)) {
      const problems = problemsOf(range, attributes);
      if (problems.length > 0) throw refusal(attributes, aggregate(problems));
    }
  },
};

function problemsOf(range: LimitRange, { resource, object }: AdmissionAttributes): string[] {
  const limits = range.spec?.limits ?? [];
  return resource === 'pods' ? podProblems(limits, object as Pod) : claimProblems(limits, object as PersistentVolumeClaim);
}
