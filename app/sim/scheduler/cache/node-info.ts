import type { Container, Node, Pod, PodSpec, Stored } from '../../../contracts/k8s/index.ts';
import { claimKeysOf } from '../../machinery/persistent-volumes.ts';
import { parseQuantity } from '../../machinery/quantity.ts';

/** Amounts by resource name: thousandths of a core for cpu, whole units for everything else. */
export type Resources = Readonly<Record<string, number>>;

/** What a container without a request counts as in scores, so that such Pods spread. models schedutil: DefaultMilliCPURequest, DefaultMemoryRequest */
const NON_ZERO: Resources = { cpu: 100, memory: 200 * 1024 * 1024 };

interface Demand {
  readonly requests: Resources;
  /** With {@link NON_ZERO} for what is not asked for. */
  readonly nonZero: Resources;
  readonly hostPorts: readonly string[];
}

/** Stored Pods are frozen, so what their spec asks for is worked out once. */
const demands = new WeakMap<object, Demand>();

export function demandOf(spec: Readonly<PodSpec>): Demand {
  let known = demands.get(spec);
  if (!known) demands.set(spec, (known = { requests: sum(spec, {}), nonZero: sum(spec, NON_ZERO), hostPorts: hostPortsOf(spec) }));
  return known;
}

/** What a Pod asks for: the sum of its containers, or the largest init container if that is more. models resourcehelper: PodRequests */
export function podRequests(spec: Readonly<PodSpec>): Resources {
  return demandOf(spec).requests;
}

function sum(spec: Readonly<PodSpec>, defaults: Resources): Resources {
  const total: Record<string, number> = {};
  const ofContainer = (container: Readonly<Container>): Record<string, number> => ({ ...defaults, ...amounts(container.resources?.requests) });
  for (const container of spec.containers ?? []) addAll(total, ofContainer(container));
  const sidecars: Record<string, number> = {};
  for (const container of spec.initContainers ?? []) {
    const own = ofContainer(container);
    if (container.restartPolicy === 'Always') {
      addAll(total, own);
      addAll(sidecars, own);
    } else {
      for (const [name, amount] of Object.entries(own)) total[name] = Math.max(total[name] ?? 0, amount + (sidecars[name] ?? 0));
    }
  }
  // Requests of the Pod as a whole take the place of the containers'.
  Object.assign(total, amounts(spec.resources?.requests));
  addAll(total, amounts(spec.overhead));
  return total;
}

export function amounts(list: Readonly<Record<string, string>> | undefined): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [name, value] of Object.entries(list ?? {})) result[name] = name === 'cpu' ? parseQuantity(value).milliValue() : parseQuantity(value).value();
  return result;
}

function addAll(into: Record<string, number>, amountsToAdd: Resources, sign = 1): void {
  for (const name in amountsToAdd) into[name] = (into[name] ?? 0) + sign * amountsToAdd[name]!;
}

/** One node with the Pods that run or are assumed on it, and their sums. models framework: NodeInfo */
export class NodeInfo {
  readonly name: string;
  node: Stored<Node>;
  allocatable: Resources;
  readonly pods = new Map<string, Stored<Pod>>();
  readonly requested: Record<string, number> = {};
  readonly nonZeroRequested: Record<string, number> = {};
  readonly hostPorts = new Map<string, number>();
  /** How many Pods here use each claim. */
  readonly claims = new Map<string, number>();

  constructor(node: Stored<Node>) {
    this.name = node.metadata.name;
    this.node = node;
    this.allocatable = amounts(node.status?.allocatable);
  }

  get labels(): Readonly<Record<string, string>> {
    return this.node.metadata.labels ?? {};
  }

  setNode(node: Stored<Node>): void {
    this.node = node;
    this.allocatable = amounts(node.status?.allocatable);
  }

  addPod(pod: Stored<Pod>): void {
    this.removePod(pod.metadata.uid);
    this.pods.set(pod.metadata.uid, pod);
    this.#count(pod, 1);
  }

  removePod(uid: string): void {
    const known = this.pods.get(uid);
    if (!known) return;
    this.pods.delete(uid);
    this.#count(known, -1);
  }

  /** For trying out what eviction would do. */
  clone(): NodeInfo {
    const copy = new NodeInfo(this.node);
    for (const pod of this.pods.values()) copy.addPod(pod);
    return copy;
  }

  #count(pod: Stored<Pod>, sign: 1 | -1): void {
    const { requests, nonZero, hostPorts } = demandOf(pod.spec!);
    addAll(this.requested, requests, sign);
    addAll(this.nonZeroRequested, nonZero, sign);
    for (const port of hostPorts) bump(this.hostPorts, port, sign);
    for (const claim of claimKeysOf(pod)) bump(this.claims, claim, sign);
  }
}

export function bump(counts: Map<string, number>, key: string, by: number): void {
  const next = (counts.get(key) ?? 0) + by;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}

/** `TCP/0.0.0.0/8080` for each host port, of sidecars too. */
export function hostPortsOf(spec: Readonly<PodSpec>): string[] {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')];
  return containers.flatMap((container) => (container.ports ?? []).filter((port) => port.hostPort).map((port) => `${port.protocol ?? 'TCP'}/${port.hostIP || '0.0.0.0'}/${port.hostPort}`));
}
