import type { Node, Pod, Stored } from '../../../contracts/k8s/index.ts';
import { NodeInfo } from './node-info.ts';

/**
 * Nodes with their Pods, kept current by events instead of counted for each decision. A Pod that was just bound is assumed
 * on its node until the API confirms it. models pkg/scheduler/backend/cache
 */
export class NodeCache {
  readonly #nodes = new Map<string, NodeInfo>();
  /** Pods whose node is not known (yet). */
  readonly #homeless = new Map<string, Map<string, Stored<Pod>>>();
  readonly #placed = new Map<string, string>();

  get nodes(): readonly NodeInfo[] {
    return [...this.#nodes.values()];
  }

  setNode(node: Stored<Node>): void {
    const { name } = node.metadata;
    const known = this.#nodes.get(name);
    if (known) return known.setNode(node);
    const made = new NodeInfo(node);
    this.#nodes.set(name, made);
    for (const pod of this.#homeless.get(name)?.values() ?? []) made.addPod(pod);
    this.#homeless.delete(name);
  }

  removeNode(name: string): void {
    const known = this.#nodes.get(name);
    if (!known) return;
    this.#nodes.delete(name);
    this.#homeless.set(name, new Map([...known.pods]));
  }

  /** A Pod runs, or is assumed to run, on a node. A finished one takes no room. */
  setPod(pod: Stored<Pod>, nodeName: string): void {
    const before = this.#placed.get(pod.metadata.uid);
    if (before !== undefined && before !== nodeName) this.removePod(pod);
    this.#placed.set(pod.metadata.uid, nodeName);
    const node = this.#nodes.get(nodeName);
    if (node) return node.addPod(pod);
    const waiting = this.#homeless.get(nodeName) ?? new Map<string, Stored<Pod>>();
    waiting.set(pod.metadata.uid, pod);
    this.#homeless.set(nodeName, waiting);
  }

  removePod(pod: Stored<Pod>): void {
    const nodeName = this.#placed.get(pod.metadata.uid);
    if (nodeName === undefined) return;
    this.#placed.delete(pod.metadata.uid);
    this.#nodes.get(nodeName)?.removePod(pod);
    this.#homeless.get(nodeName)?.delete(pod.metadata.uid);
  }
}
