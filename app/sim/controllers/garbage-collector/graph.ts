import type { OwnerReference, Stored } from '../../../contracts/k8s/index.ts';
import type { ResourceType } from '../../client/api-client.ts';

export interface GraphNode {
  readonly type: ResourceType<object>;
  readonly object: Stored<object>;
}

/**
 * Who owns whom, as far as has been seen.
 *
 * ```
 *   uid ─▶ object            Deployment ◀─ owner ─ ReplicaSet ◀─ owner ─ Pod
 *   owner uid ─▶ dependents  (also of owners that nobody has seen: a reference may lie)
 * ```
 */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  set(type: ResourceType<object>, object: Stored<object>): void {
    const { uid, ownerReferences = [] } = object.metadata;
    const before = this.#nodes.get(uid)?.object.metadata.ownerReferences ?? [];
    for (const owner of before) if (!ownerReferences.some((candidate) => candidate.uid === owner.uid)) this.#forget(owner.uid, uid);
    for (const owner of ownerReferences) {
      const group = this.#dependents.get(owner.uid) ?? new Set<string>();
      group.add(uid);
      this.#dependents.set(owner.uid, group);
    }
    this.#nodes.set(uid, { type, object });
  }

  delete({ metadata }: Stored<object>): void {
    this.#nodes.delete(metadata.uid);
    for (const owner of metadata.ownerReferences ?? []) this.#forget(owner.uid, metadata.uid);
  }

  dependentUids(uid: string): readonly string[] {
    return [...(this.#dependents.get(uid) ?? [])];
  }

  dependents(uid: string): GraphNode[] {
    return this.dependentUids(uid).flatMap((dependent) => this.#nodes.get(dependent) ?? []);
  }

  #forget(owner: string, dependent: string): void {
    const group = this.#dependents.get(owner);
    group?.delete(dependent);
    if (group?.size === 0) this.#dependents.delete(owner);
  }
}

/** The object that a reference names is the one that it means: same kind and name, and in a place from which it may own. */
export function isMeant(owner: OwnerReference, { type, object }: GraphNode, namespace: string | undefined): boolean {
  const group = owner.apiVersion.includes('/') ? owner.apiVersion.slice(0, owner.apiVersion.indexOf('/')) : '';
  return owner.kind === type.kind && group === type.group && owner.name === object.metadata.name && !isElsewhere({ type, object }, namespace);
}

/** An owner in a namespace owns only what is in the same one. */
export function isElsewhere({ object }: GraphNode, namespace: string | undefined): boolean {
  return object.metadata.namespace !== undefined && object.metadata.namespace !== namespace;
}
