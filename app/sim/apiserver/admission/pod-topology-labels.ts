import type { Node, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { AdmissionPlugin } from '../interfaces.ts';

const LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** A Pod that gets its node is told in labels where that is. models plugin/pkg/admission/podtopologylabels */
export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',
  handles: ({ operation, group, resource, subresource }) => group === '' && resource === 'pods' && ((operation === 'CREATE' && subresource === '') || subresource === 'binding'),
  admit({ object }, { reader }) {
    const pod = object as Pod;
    const labels = pod.spec?.nodeName ? reader.get<Stored<Node>>('minions', undefined, pod.spec.nodeName)?.metadata.labels : undefined;
    const topology = Object.fromEntries(LABELS.flatMap((key) => (labels?.[key] === undefined ? [] : [[key, labels[key]]])));
    if (Object.keys(topology).length > 0) pod.metadata = { ...pod.metadata, labels: { ...pod.metadata?.labels, ...topology } };
  },
};
