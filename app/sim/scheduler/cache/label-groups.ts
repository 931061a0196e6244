import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Labels } from '../../machinery/labels.ts';
import { bump } from './node-info.ts';

/** Pods of one namespace with the same labels, counted by node: what selectors are asked about, instead of every Pod. */
export interface LabelGroup {
  readonly namespace: string;
  readonly labels: Labels;
  /** On their way out: spreading does not count them, affinity does. */
  readonly terminating: boolean;
  readonly nodes: Map<string, number>;
}

/** All placed Pods as groups. A selector costs one question for each set of labels, not one for each Pod. */
export class LabelGroups {
  readonly #namespaces = new Map<string, Map<string, LabelGroup>>();

  add(pod: Stored<Pod>, node: string): void {
    this.#bump(pod, node, 1);
  }

  remove(pod: Stored<Pod>, node: string): void {
    this.#bump(pod, node, -1);
  }

  *inNamespace(namespace: string): Iterable<LabelGroup> {
    yield* this.#namespaces.get(namespace)?.values() ?? [];
  }

  *all(): Iterable<LabelGroup> {
    for (const groups of this.#namespaces.values()) yield* groups.values();
  }

  #bump(pod: Stored<Pod>, node: string, by: 1 | -1): void {
    const namespace = pod.metadata.namespace!;
    const terminating = pod.metadata.deletionTimestamp !== undefined;
    const key = `${terminating ? '-' : '+'}${keyOf(pod.metadata.labels)}`;
    let groups = this.#namespaces.get(namespace);
    if (!groups) this.#namespaces.set(namespace, (groups = new Map()));
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { namespace, labels: pod.metadata.labels, terminating, nodes: new Map() }));
    bump(group.nodes, node, by);
    if (group.nodes.size === 0) groups.delete(key);
    if (groups.size === 0) this.#namespaces.delete(namespace);
  }
}

const keys = new WeakMap<object, string>();

function keyOf(labels: Labels): string {
  if (!labels) return '{}';
  let known = keys.get(labels);
  if (known === undefined) keys.set(labels, (known = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))));
  return known;
}
