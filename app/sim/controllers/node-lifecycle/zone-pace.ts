import type { Node, Stored, Taint } from '../../../contracts/k8s/index.ts';
import type { Informer } from '../../client/informer.ts';

/** models kube-controller-manager: --node-eviction-rate, --secondary-node-eviction-rate, --unhealthy-zone-threshold, --large-cluster-size-threshold */
const RATE_PER_SECOND = 0.1;
const SECONDARY_RATE_PER_SECOND = 0.01;
const UNHEALTHY_SHARE = 0.55;
const LARGE_CLUSTER = 50;
/** Zones are counted at most this often. */
const COUNT_MS = 1_000;

export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption';

interface Zone {
  ready: number;
  notReady: number;
}

/**
 * How fast nodes may be emptied: one node in ten seconds for each zone, slower where most nodes are silent, and not at all
 * when every zone is silent, for then the fault is probably ours.
 *
 * models nodelifecycle: ComputeZoneState, handleDisruption, RateLimitedTimedQueue
 */
export class ZonePace {
  readonly #nextAt = new Map<string, number>();
  #zones = new Map<string, Zone>();
  #countedAt = -Infinity;

  /** 'never': the whole cluster is silent, and even taints that are there go. */
  ask(node: Stored<Node>, taint: Taint, nodes: Informer<Node>, now: number): 'now' | 'later' | 'never' {
    if (now - this.#countedAt >= COUNT_MS) this.#count(nodes.list(), now);
    const states = [...this.#zones.values()].map(stateOf);
    if (states.every((state) => state === 'FullDisruption')) return 'never';
    if (node.spec?.taints?.some(({ key, effect }) => key === taint.key && effect === taint.effect)) return 'now';
    const zone = zoneOf(node);
    const counted = this.#zones.get(zone) ?? { ready: 0, notReady: 1 };
    const rate = rateOf(stateOf(counted), counted.ready + counted.notReady);
    if (rate === 0 || now < (this.#nextAt.get(zone) ?? 0)) return 'later';
    this.#nextAt.set(zone, now + 1_000 / rate);
    return 'now';
  }

  #count(nodes: readonly Stored<Node>[], now: number): void {
    this.#countedAt = now;
    this.#zones = new Map();
    for (const node of nodes) {
      const zone = this.#zones.get(zoneOf(node)) ?? { ready: 0, notReady: 0 };
      if (node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) zone.ready++;
      else zone.notReady++;
      this.#zones.set(zoneOf(node), zone);
    }
  }
}

export function stateOf({ ready, notReady }: Zone): ZoneState {
  if (ready === 0 && notReady > 0) return 'FullDisruption';
  return notReady > 2 && notReady / (ready + notReady) >= UNHEALTHY_SHARE ? 'PartialDisruption' : 'Normal';
}

function rateOf(state: ZoneState, size: number): number {
  if (state !== 'PartialDisruption') return RATE_PER_SECOND;
  return size > LARGE_CLUSTER ? SECONDARY_RATE_PER_SECOND : 0;
}

function zoneOf({ metadata }: Stored<Node>): string {
  return `${metadata.labels?.['topology.kubernetes.io/region'] ?? ''}:${metadata.labels?.['topology.kubernetes.io/zone'] ?? ''}`;
}
