import type { Node, Stored } from '../../../contracts/k8s/index.ts';

/**
 * When each node was last heard of, by our own clock: the node's may be wrong. A lease that is renewed and a heartbeat that
 * changes are signs of life. models nodelifecycle: nodeHealthData, tryUpdateNodeHealth
 */
export class NodeHealth {
  readonly #nodes = new Map<string, { heartbeat: string | undefined; heardAt: number }>();

  isNew(name: string): boolean {
    return this.#nodes.get(name)?.heartbeat === undefined && !this.#seen.has(name);
  }

  readonly #seen = new Set<string>();

  heard(name: string, now: number): void {
    const known = this.#nodes.get(name);
    this.#nodes.set(name, { heartbeat: known?.heartbeat, heardAt: now });
  }

  /** Looks at the node's Ready condition; returns when it was last heard of. */
  observe(node: Stored<Node>, now: number): number {
    const { name } = node.metadata;
    this.#seen.add(name);
    const heartbeat = node.status?.conditions?.find(({ type }) => type === 'Ready')?.lastHeartbeatTime ?? '';
    const known = this.#nodes.get(name);
    const isFirst = known === undefined;
    // Our own verdict "Unknown" keeps the heartbeat, so it is no sign of life.
    const heardAt = isFirst || (known.heartbeat !== undefined && known.heartbeat !== heartbeat) ? now : known.heardAt;
    this.#nodes.set(name, { heartbeat, heardAt });
    return heardAt;
  }

  forget(name: string): void {
    this.#nodes.delete(name);
    this.#seen.delete(name);
  }
}
