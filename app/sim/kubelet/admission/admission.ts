import type { ContainerPort, Node, Pod, Stored } from '../../../contracts/k8s/index.ts';
import { parseQuantity } from '../../machinery/quantity.ts';

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

interface Amounts {
  cpu: number;
  memory: number;
}

/** What a Pod asks for: containers together, or the largest of the init containers. models resourcehelper.PodRequests */
export function requestsOf({ spec }: Pod): Amounts {
  const one = (container: { resources?: { requests?: Record<string, string> } }): Amounts => ({ cpu: milli(container.resources?.requests?.['cpu']), memory: bytes(container.resources?.requests?.['memory']) });
  const total = (spec?.containers ?? []).map(one).reduce(add, { cpu: 0, memory: 0 });
  let sidecars: Amounts = { cpu: 0, memory: 0 };
  let largest: Amounts = { cpu: 0, memory: 0 };
  for (const container of spec?.initContainers ?? []) {
    const own = one(container);
    if (container.restartPolicy === 'Always') sidecars = add(sidecars, own);
    else largest = max(largest, add(own, sidecars));
  }
  return max(add(total, sidecars), largest);
}

const add = (a: Amounts, b: Amounts): Amounts => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory });
const max = (a: Amounts, b: Amounts): Amounts => ({ cpu: Math.max(a.cpu, b.cpu), memory: Math.max(a.memory, b.memory) });
const milli = (text: string | undefined): number => (text === undefined ? 0 : parseQuantity(text).milliValue());
const bytes = (text: string | undefined): number => (text === undefined ? 0 : parseQuantity(text).value());

export interface NodeRoom {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pods: number;
  readonly node: Stored<Node> | undefined;
}

/** Whether the node can take a Pod beside those it has. models pkg/kubelet/lifecycle: predicateAdmitHandler, generalFilter */
export function admit(pod: Stored<Pod>, others: readonly Stored<Pod>[], room: NodeRoom): Refusal | undefined {
  const isCritical = pod.metadata.annotations?.['kubernetes.io/config.source'] === 'file' || (pod.spec?.priority ?? 0) >= 2_000_000_000;
  const used = others.map(requestsOf).reduce(add, { cpu: 0, memory: 0 });
  const wanted = requestsOf(pod);
  const tooMuch = (resource: string, requested: number, taken: number, capacity: number): Refusal | undefined =>
    requested > 0 && requested + taken > capacity ? { reason: `OutOf${resource}`, message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${taken}, capacity: ${capacity}` } : undefined;
  const lack = isCritical ? undefined : tooMuch('pods', 1, others.length, room.pods) ?? tooMuch('cpu', wanted.cpu, used.cpu, room.cpuMillis) ?? tooMuch('memory', wanted.memory, used.memory, room.memoryBytes);
  if (lack) return lack;
  if (!hasFreePorts(pod, others)) return { reason: 'NodePorts', message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports" };
  return matchesNode(pod, room.node) ? undefined : { reason: 'NodeAffinity', message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector" };
}

/** models scheduler plug-in NodePorts, which the kubelet asks too: the same protocol and port, on the same address or on all */
function hasFreePorts(pod: Pod, others: readonly Pod[]): boolean {
  const wanted = hostPortsOf(pod);
  if (wanted.length === 0) return true;
  const isAll = (ip: string | undefined): boolean => !ip || ip === '0.0.0.0';
  return !others.flatMap(hostPortsOf).some((taken) => wanted.some((own) => own.hostPort === taken.hostPort && (own.protocol ?? 'TCP') === (taken.protocol ?? 'TCP') && (own.hostIP === taken.hostIP || isAll(own.hostIP) || isAll(taken.hostIP))));
}

function hostPortsOf({ spec }: Pod): ContainerPort[] {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...(spec?.containers ?? []), ...sidecars].flatMap(({ ports = [] }) => ports).filter(({ hostPort }) => hostPort);
}

function matchesNode({ spec }: Pod, node: Stored<Node> | undefined): boolean {
  if (!node) return true;
  const labels = node.metadata.labels ?? {};
  return Object.entries(spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
}
