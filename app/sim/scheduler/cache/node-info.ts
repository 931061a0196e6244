import type { Node, Pod, PodSpec, Stored } from '../../../contracts/k8s/index.ts';
import { parseQuantity } from '../../machinery/quantity.ts';

/** Amounts by resource name: thousandths of a core for cpu, whole units for everything else. */
export type Resources = Readonly<Record<string, number>>;

/** What a Pod asks for: the sum of its containers, or the largest init container if that is more. models resourcehelper: PodRequests */
export function podRequests(spec: Readonly<PodSpec>): Resources {
  const sum: Record<string, number> = {};
  for (const container of spec.containers ?? []) addAll(sum, amounts(container.resources?.requests));
  const sidecars: Record<string, number> = {};
  for (const container of spec.initContainers ?? []) {
    const own = amounts(container.resources?.requests);
    if (container.restartPolicy === 'Always') {
      addAll(sum, own);
      addAll(sidecars, own);
    } else {
      for (const [name, amount] of Object.entries(own)) sum[name] = Math.max(sum[name] ?? 0, amount + (sidecars[name] ?? 0));
    }
  }
  addAll(sum, amounts(spec.overhead));
  return sum;
}

export function amounts(list: Readonly<Record<string, string>> | undefined): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [name, value] of Object.entries(list ?? {})) result[name] = name === 'cpu' ? parseQuantity(value).milliValue() : parseQuantity(value).value();
  return result;
}

function addAll(into: Record<string, number>, amountsToAdd: Resources, sign = 1): void {
  for (const [name, amount] of Object.entries(amountsToAdd)) into[name] = (into[name] ?? 0) + sign * amount;
}

/** One node with the Pods that run or are assumed on it, and their sums. models framework: NodeInfo */
export class NodeInfo {
  readonly name: string;
  node: Stored<Node>;
  allocatable: Resources;
  readonly pods = new Map<string, Stored<Pod>>();
  readonly requested: Record<string, number> = {};
  readonly hostPorts = new Map<string, number>();

  constructor(node: Stored<Node>) {
    this.name = node.metadata.name;
    this.node = node;
    this.allocatable = amounts(node.status?.allocatable);
  }

  setNode(node: Stored<Node>): void {
    this.node = node;
    this.allocatable = amounts(node.status?.allocatable);
  }

  addPod(pod: Stored<Pod>): void {
    this.removePod(pod);
    this.pods.set(pod.metadata.uid, pod);
    addAll(this.requested, podRequests(pod.spec!));
    for (const port of hostPortsOf(pod.spec!)) this.hostPorts.set(port, (this.hostPorts.get(port) ?? 0) + 1);
  }

  removePod(pod: Stored<Pod>): void {
    const known = this.pods.get(pod.metadata.uid);
    if (!known) return;
    this.pods.delete(pod.metadata.uid);
    addAll(this.requested, podRequests(known.spec!), -1);
    for (const port of hostPortsOf(known.spec!)) {
      const count = (this.hostPorts.get(port) ?? 1) - 1;
      if (count === 0) this.hostPorts.delete(port);
      else this.hostPorts.set(port, count);
    }
  }
}

/** `TCP/0.0.0.0/8080` for each host port. */
export function hostPortsOf(spec: Readonly<PodSpec>): string[] {
  return (spec.containers ?? []).flatMap((container) =>
    (container.ports ?? []).filter((port) => port.hostPort).map((port) => `${port.protocol ?? 'TCP'}/${port.hostIP ?? '0.0.0.0'}/${port.hostPort}`),
  );
}
