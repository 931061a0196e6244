import { hostPortsOf } from '../cache/node-info.ts';
import type { FilterPlugin } from '../framework/types.ts';

/** models plugins/nodeports */
export const nodePorts: FilterPlugin = {
  name: 'NodePorts',
  filter({ pod }, node) {
    const taken = hostPortsOf(pod.spec!).some((wanted) => [...node.hostPorts.keys()].some((used) => clash(wanted, used)));
    return taken ? { reasons: ["node(s) didn't have free ports for the requested pod ports"], unresolvable: false } : undefined;
  },
};

/** The same protocol and port, on the same address or on all. */
function clash(a: string, b: string): boolean {
  const [protocolA, ipA, portA] = a.split('/');
  const [protocolB, ipB, portB] = b.split('/');
  return protocolA === protocolB && portA === portB && (ipA === ipB || ipA === '0.0.0.0' || ipB === '0.0.0.0');
}
