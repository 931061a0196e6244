import type { EndpointSlice, Node, Stored } from '../../../contracts/k8s/index.ts';
import { deepEqual } from '../../machinery/objects.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import type { Placement } from './placement.ts';
import { isReady, removeHints, setHints } from './traffic-distribution.ts';

/** So much more than its share a zone's endpoints may get. */
const OVERLOAD = 0.2;
const ZONE = 'topology.kubernetes.io/zone';

export interface HintEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

interface Allocation {
  readonly minimum: number;
  readonly maximum: number;
  readonly desired: number;
}

/**
 * The older way to keep traffic in its zone (annotation `service.kubernetes.io/topology-mode: Auto`): endpoints are shared out
 * to zones by the CPUs of their nodes, and zones with too many give to those with too few. models endpointslice/topologycache
 */
export class TopologyHints {
  #nodes: () => readonly Stored<Node>[] = () => [];
  #known: { readonly shares: ReadonlyMap<string, number> | undefined } | undefined;
  readonly #given = new Map<string, Map<string, ReadonlyMap<string, number>>>();

  static changed(node: Stored<Node>, before: Stored<Node>): boolean {
    const matters = (one: Stored<Node>): unknown => [one.metadata.labels?.[ZONE], one.status?.allocatable?.['cpu'], isNodeReady(one), isExcluded(one)];
    return !deepEqual(matters(node), matters(before));
  }

  /** The nodes changed. Returns the Services that need another look now. models TopologyCache: SetNodes, GetOverloadedServices */
  setNodes(all: () => readonly Stored<Node>[]): string[] {
    this.#nodes = all;
    this.#known = undefined;
    return [...this.#given].filter(([, families]) => [...families.values()].some((given) => this.#isOverloaded(given))).map(([key]) => key);
  }

  /** Each zone's part of the CPUs; undefined when nodes do not tell enough. Most clusters never ask. */
  get #shares(): ReadonlyMap<string, number> | undefined {
    this.#known ??= { shares: sharesOf(this.#nodes()) };
    return this.#known.shares;
  }

  /** models TopologyCache: AddHints */
  assign(key: string, family: string, placement: Placement, unchanged: readonly Stored<EndpointSlice>[]): HintEvent[] {
    const all = [...placement.create, ...placement.update].map(({ body }) => body.endpoints);
    const ready = [...all.flat(), ...unchanged.flatMap((slice) => slice.endpoints ?? [])].filter(isReady).length;
    const refuse = (message: string): HintEvent[] => {
      this.#given.delete(key);
      removeHints(placement, unchanged);
      return [{ type: 'Warning', reason: 'TopologyAwareHintsDisabled', message: `${message}, addressType: ${family}` }];
    };
    const allocations = allocate(this.#shares, ready);
    if (typeof allocations === 'string') return refuse(allocations);
    const given = new Map<string, number>();
    this.#countOrRewrite(placement, unchanged, allocations, given);
    const endpoints = [...placement.create, ...placement.update].flatMap(({ body }) => body.endpoints);
    for (const endpoint of endpoints) {
      if (!isReady(endpoint)) continue;
      if (!endpoint.zone) return refuse('One or more endpoints do not have a zone specified');
      given.set(endpoint.zone, (given.get(endpoint.zone) ?? 0) + 1);
      setHints(endpoint, { forZones: [{ name: endpoint.zone }] });
    }
    redistribute(endpoints.filter(isReady), allocations, given);
    if (given.size === 0) return refuse('No hints allocated for zones');
    const isNew = !this.#given.has(key);
    this.#given.set(key, new Map(this.#given.get(key)).set(family, given));
    return isNew ? [{ type: 'Normal', reason: 'TopologyAwareHintsEnabled', message: `Topology Aware Hints has been enabled, addressType: ${family}` }] : [];
  }

  /** The annotation is gone, or was never there. */
  drop(key: string, family: string): HintEvent[] {
    const had = this.#given.delete(key);
    return had ? [{ type: 'Warning', reason: 'TopologyAwareHintsDisabled', message: `Topology Aware Hints has been disabled, addressType: ${family}` }] : [];
  }

  /** Slices that nobody would write keep their hints if these still fit; else they are written too. models getAllocatedHintsByZone */
  #countOrRewrite(placement: Placement, unchanged: readonly Stored<EndpointSlice>[], allocations: ReadonlyMap<string, Allocation>, given: Map<string, number>): void {
    for (const slice of unchanged) {
      const counts = new Map<string, number>();
      const isFit = (slice.endpoints ?? []).filter(isReady).every((endpoint) => {
        const zones = endpoint.hints?.forZones ?? [];
        for (const { name } of zones) counts.set(name, (counts.get(name) ?? 0) + 1);
        return zones.length > 0 && zones.every(({ name }) => allocations.has(name));
      }) && [...counts].every(([zone, count]) => count + (given.get(zone) ?? 0) <= allocations.get(zone)!.maximum);
      if (isFit) for (const [zone, count] of counts) given.set(zone, (given.get(zone) ?? 0) + count);
      else placement.update.push({ existing: slice, body: { metadata: { labels: { ...slice.metadata.labels } }, addressType: slice.addressType, ports: slice.ports ?? [], endpoints: (slice.endpoints ?? []).map((endpoint) => ({ ...endpoint })) } });
    }
  }

  #isOverloaded(given: ReadonlyMap<string, number>): boolean {
    if (given.size === 0) return false;
    if (!this.#shares) return true;
    const total = [...given.values()].reduce((sum, count) => sum + count, 0);
    return [...this.#shares].some(([zone, share]) => !given.has(zone) || given.get(zone)! < Math.ceil((total * share) / (1 + OVERLOAD)));
  }
}

function sharesOf(all: readonly Stored<Node>[]): ReadonlyMap<string, number> | undefined {
  const cpus = new Map<string, number>();
  for (const node of all) {
    if (isExcluded(node) || !isNodeReady(node)) continue;
    const zone = node.metadata.labels?.[ZONE];
    const milli = parseQuantity(String(node.status?.allocatable?.['cpu'] ?? '0')).milliValue();
    if (!zone || milli === 0) return undefined;
    cpus.set(zone, (cpus.get(zone) ?? 0) + milli);
  }
  const total = [...cpus.values()].reduce((sum, milli) => sum + milli, 0);
  return cpus.size >= 2 ? new Map([...cpus].map(([zone, milli]) => [zone, milli / total])) : undefined;
}

/** How many endpoints each zone should have, or why that cannot be said. models TopologyCache: getAllocations */
function allocate(shares: ReadonlyMap<string, number> | undefined, endpoints: number): Map<string, Allocation> | string {
  if (!shares) return 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';
  const figures = `(${endpoints} endpoints, ${shares.size} zones)`;
  if (shares.size > endpoints) return `Insufficient number of endpoints ${figures}`;
  const minimums = new Map([...shares].map(([zone, share]) => [zone, Math.ceil((share * endpoints) / (1 + OVERLOAD))]));
  const least = [...minimums.values()].reduce((sum, minimum) => sum + minimum, 0);
  if (least > endpoints) return `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${figures}`;
  return new Map([...minimums].map(([zone, minimum]) => [zone, { minimum, maximum: minimum + endpoints - least, desired: Math.max(shares.get(zone)! * endpoints, minimum) }]));
}

/** Zones with more than they should have give endpoints to those with less. models getGivingAndReceivingZones, redistributeHints */
function redistribute(endpoints: readonly { zone?: string; hints?: object }[], allocations: ReadonlyMap<string, Allocation>, given: Map<string, number>): void {
  const excess = new Map([...allocations].map(([zone, { desired }]) => [zone, (given.get(zone) ?? 0) - desired]));
  for (;;) {
    const [giver, most] = [...excess].reduce((best, one) => (one[1] > best[1] ? one : best), ['', 0]);
    const [taker, least] = [...excess].reduce((best, one) => (one[1] < best[1] ? one : best), ['', 0]);
    if (!giver || !taker || (most < 1 && -least < 1) || most < 0.5 || -least < 0.5) return;
    const endpoint = endpoints.find(({ zone, hints }) => zone === giver && deepEqual(hints, { forZones: [{ name: giver }] }));
    if (!endpoint) return;
    endpoint.hints = { forZones: [{ name: taker }] };
    excess.set(giver, most - 1).set(taker, least + 1);
    given.set(giver, given.get(giver)! - 1).set(taker, (given.get(taker) ?? 0) + 1);
  }
}

function isNodeReady(node: Stored<Node>): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function isExcluded(node: Stored<Node>): boolean {
  const { labels = {} } = node.metadata;
  return 'node-role.kubernetes.io/control-plane' in labels || 'node-role.kubernetes.io/master' in labels;
}
