import type { Node, Pod, Stored } from '../../../contracts/k8s/index.ts';
import { LabelGroups } from './label-groups.ts';
import { NodeInfo } from './node-info.ts';

/**
 * Nodes with their Pods, kept current by events instead of counted for each decision. A Pod that was just bound is assumed
 * on its node until the API confirms it. models pkg/scheduler/backend/cache
 */
export class NodeCache {
  readonly groups = new LabelGroups();
  /** Placed Pods that have affinity terms of their own, with their node: few, so they may be walked. */
  readonly withAffinity = new Map<string, { readonly pod: Stored<Pod>; readonly node: string }>();
  /** Image name → the nodes that hold it, and its size. */
  readonly images = new Map<string, { size: number; readonly nodes: Set<string> }>();
  readonly #nodes = new Map<string, NodeInfo>();
  /** Pods whose node is not known (yet). */
  readonly #homeless = new Map<string, Map<string, Stored<Pod>>>();
  readonly #placed = new Map<string, { readonly node: string; readonly pod: Stored<Pod> }>();
  #list: readonly NodeInfo[] | undefined;

  /** Zone by zone in turn, so that a search that stops early has seen every zone. models nodeTree */
  get nodes(): readonly NodeInfo[] {
    return (this.#list ??= interleaved([...this.#nodes.values()]));
  }

  node(name: string): NodeInfo | undefined {
    return this.#nodes.get(name);
  }

  /** Where a Pod is, or is assumed to be. */
  nodeOf(uid: string): string | undefined {
    return this.#placed.get(uid)?.node;
  }

  setNode(node: Stored<Node>): void {
    const { name } = node.metadata;
    const known = this.#nodes.get(name);
    if (known) {
      this.#countImages(known.node, -1);
      if (zoneOf(known.node) !== zoneOf(node)) this.#list = undefined;
      known.setNode(node);
    } else {
      const made = new NodeInfo(node);
      this.#nodes.set(name, made);
      this.#list = undefined;
      for (const pod of this.#homeless.get(name)?.values() ?? []) made.addPod(pod);
      this.#homeless.delete(name);
    }
    this.#countImages(node, 1);
  }

  removeNode(name: string): void {
    const known = this.#nodes.get(name);
    if (!known) return;
    this.#countImages(known.node, -1);
    this.#nodes.delete(name);
    this.#list = undefined;
    this.#homeless.set(name, new Map([...known.pods]));
  }

  /** A Pod runs, or is assumed to run, on a node. A finished one takes no room. */
  setPod(pod: Stored<Pod>, nodeName: string): void {
    this.removePod(pod);
    this.#placed.set(pod.metadata.uid, { node: nodeName, pod });
    this.groups.add(pod, nodeName);
    const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
    if (podAffinity || podAntiAffinity) this.withAffinity.set(pod.metadata.uid, { pod, node: nodeName });
    const node = this.#nodes.get(nodeName);
    if (node) return node.addPod(pod);
    const waiting = this.#homeless.get(nodeName) ?? new Map<string, Stored<Pod>>();
    waiting.set(pod.metadata.uid, pod);
    this.#homeless.set(nodeName, waiting);
  }

  removePod({ metadata: { uid } }: Stored<Pod>): void {
    const placed = this.#placed.get(uid);
    if (!placed) return;
    this.#placed.delete(uid);
    this.groups.remove(placed.pod, placed.node);
    this.withAffinity.delete(uid);
    this.#nodes.get(placed.node)?.removePod(uid);
    this.#homeless.get(placed.node)?.delete(uid);
  }

  #countImages(node: Stored<Node>, sign: 1 | -1): void {
    for (const { names, sizeBytes } of node.status?.images ?? []) {
      for (const name of names ?? []) {
        const known = this.images.get(name) ?? { size: sizeBytes ?? 0, nodes: new Set<string>() };
        if (sign === 1) known.nodes.add(node.metadata.name);
        else known.nodes.delete(node.metadata.name);
        if (known.nodes.size > 0) this.images.set(name, known);
        else this.images.delete(name);
      }
    }
  }
}

export function zoneOf(node: Stored<Node>): string {
  const labels = node.metadata.labels ?? {};
  return `${labels['topology.kubernetes.io/region'] ?? ''}/${labels['topology.kubernetes.io/zone'] ?? ''}`;
}

function interleaved(nodes: readonly NodeInfo[]): NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>();
  for (const node of nodes) {
    const zone = zoneOf(node.node);
    const members = zones.get(zone);
    if (members) members.push(node);
    else zones.set(zone, [node]);
  }
  if (zones.size <= 1) return [...nodes];
  const result: NodeInfo[] = [];
  for (let turn = 0; result.length < nodes.length; turn++) for (const members of zones.values()) if (members[turn]) result.push(members[turn]!);
  return result;
}
