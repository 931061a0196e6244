import type { Pod, Stored } from '../../../contracts/k8s/index.ts';

/** Pods that were promised a node when others were evicted for them. models backend/queue: nominator */
export class Nominator {
  readonly #nodes = new Map<string, Map<string, Stored<Pod>>>();
  readonly #of = new Map<string, string>();

  set(pod: Stored<Pod>, node: string): void {
    this.remove(pod.metadata.uid);
    this.#of.set(pod.metadata.uid, node);
    const pods = this.#nodes.get(node) ?? new Map<string, Stored<Pod>>();
    pods.set(pod.metadata.uid, pod);
    this.#nodes.set(node, pods);
  }

  remove(uid: string): void {
    const node = this.#of.get(uid);
    if (node === undefined) return;
    this.#of.delete(uid);
    const pods = this.#nodes.get(node)!;
    pods.delete(uid);
    if (pods.size === 0) this.#nodes.delete(node);
  }

  nodeOf(uid: string): string | undefined {
    return this.#of.get(uid);
  }

  /** Those that this Pod has to make room for. */
  rivals(node: string, pod: Stored<Pod>): Stored<Pod>[] {
    const nominated = this.#nodes.get(node);
    if (!nominated) return [];
    return [...nominated.values()].filter((other) => other.metadata.uid !== pod.metadata.uid && (other.spec?.priority ?? 0) >= (pod.spec?.priority ?? 0));
  }

  on(node: string): Stored<Pod>[] {
    return [...(this.#nodes.get(node)?.values() ?? [])];
  }
}
