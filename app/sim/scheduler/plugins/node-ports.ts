import type { Pod } from '../../../contracts/k8s/index.ts';
import { demandOf } from '../cache/node-info.ts';
import type { Plugin } from '../framework/types.ts';

/** models plugins/nodeports */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  preFilter: ({ pod }) => (demandOf(pod.spec!).hostPorts.length === 0 ? 'skip' : undefined),
  filter({ pod }, node) {
    const used = [...node.hostPorts.keys()];
    const taken = demandOf(pod.spec!).hostPorts.some((wanted) => used.some((other) => clash(wanted, other)));
    return taken ? { reasons: ["node(s) didn't have free ports for the requested pod ports"], unresolvable: false } : undefined;
  },
  interests: [
    { event: 'Node', actions: ['add'] },
    {
      event: 'AssignedPod', actions: ['delete'],
      hint: (pod, { object }) => demandOf((object as Pod).spec!).hostPorts.some((freed) => demandOf(pod.spec!).hostPorts.some((wanted) => clash(wanted, freed))),
    },
  ],
};

/** The same protocol and port, on the same address or on all. */
function clash(a: string, b: string): boolean {
  const [protocolA, ipA, portA] = a.split('/');
  const [protocolB, ipB, portB] = b.split('/');
  return protocolA === protocolB && portA === portB && (ipA === ipB || ipA === '0.0.0.0' || ipB === '0.0.0.0');
}
