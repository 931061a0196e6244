import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import type { ClusterView, CycleState, Plugin } from '../framework/types.ts';
import { DomainCounts, preferredTerms, requiredTerms, type Term } from './inter-pod-affinity-terms.ts';

const NAME = 'InterPodAffinity';
/** What a running Pod's required affinity to the newcomer weighs in scores. models InterPodAffinityArgs: HardPodAffinityWeight */
const HARD_WEIGHT = 1;

class FilterState {
  readonly affinity: readonly Term[];
  readonly antiAffinity: readonly Term[];
  readonly affinityCounts: DomainCounts;
  readonly antiAffinityCounts: DomainCounts;
  /** Domains that running Pods keep the newcomer out of. */
  readonly closed: DomainCounts;

  constructor(affinity: readonly Term[], antiAffinity: readonly Term[], counts: readonly [DomainCounts, DomainCounts, DomainCounts]) {
    this.affinity = affinity;
    this.antiAffinity = antiAffinity;
    [this.affinityCounts, this.antiAffinityCounts, this.closed] = counts;
  }

  clone(): FilterState {
    return new FilterState(this.affinity, this.antiAffinity, [this.affinityCounts.clone(), this.antiAffinityCounts.clone(), this.closed.clone()]);
  }

  count(newcomer: Stored<Pod>, pod: Stored<Pod>, node: NodeInfo, by: number, cluster: ClusterView): void {
    if (this.affinity.length > 0 && this.affinity.every((term) => term.matches(pod))) for (const term of this.affinity) this.affinityCounts.add(term.topologyKey, node, by);
    for (const term of this.antiAffinity) if (term.matches(pod)) this.antiAffinityCounts.add(term.topologyKey, node, by);
    for (const term of requiredTerms(pod, 'podAntiAffinity', cluster)) if (term.matches(newcomer)) this.closed.add(term.topologyKey, node, by);
  }
}

/** models plugins/interpodaffinity */
export const interPodAffinity: Plugin = {
  name: NAME,
  weight: 2,
  preFilter(state) {
    const { pod, cluster } = state;
    const made = new FilterState(requiredTerms(pod, 'podAffinity', cluster), requiredTerms(pod, 'podAntiAffinity', cluster), [new DomainCounts(), new DomainCounts(), new DomainCounts()]);
    countGroups(state, made);
    for (const { pod: other, node: name } of cluster.cache.withAffinity.values()) {
      const node = cluster.cache.node(name);
      if (!node) continue;
      for (const term of requiredTerms(other, 'podAntiAffinity', cluster)) if (term.matches(pod)) made.closed.add(term.topologyKey, node, 1);
    }
    if (made.affinity.length + made.antiAffinity.length === 0 && made.closed.isEmpty) return 'skip';
    state.scratch.set(NAME, made);
    return undefined;
  },
  addPod: (state, pod, node) => (state.scratch.get(NAME) as FilterState | undefined)?.count(state.pod, pod, node, 1, state.cluster),
  removePod: (state, pod, node) => (state.scratch.get(NAME) as FilterState | undefined)?.count(state.pod, pod, node, -1, state.cluster),
  filter(state, node) {
    const { affinity, antiAffinity, affinityCounts, antiAffinityCounts, closed } = state.scratch.get(NAME) as FilterState;
    const hasKeys = affinity.every(({ topologyKey }) => node.labels[topologyKey] !== undefined);
    const hasFriends = affinity.every(({ topologyKey }) => affinityCounts.get(topologyKey, node) > 0);
    // The first of a group that only wants to be with itself may go anywhere.
    const isFirst = affinityCounts.isEmpty && affinity.every((term) => term.matches(state.pod));
    if (affinity.length > 0 && !(hasKeys && (hasFriends || isFirst))) return { reasons: ["node(s) didn't match pod affinity rules"], unresolvable: true };
    if (antiAffinity.some(({ topologyKey }) => antiAffinityCounts.get(topologyKey, node) > 0)) return { reasons: ["node(s) didn't match pod anti-affinity rules"], unresolvable: false };
    return closed.touches(node) ? { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], unresolvable: false } : undefined;
  },
  preScore(state) {
    const scores = new DomainCounts();
    const { pod, cluster } = state;
    for (const { term, weight } of preferredTerms(pod, cluster)) {
      for (const group of term.groups(cluster)) for (const [name, count] of group.nodes) addAt(cluster, scores, term, name, weight * count);
    }
    for (const { pod: other, node } of cluster.cache.withAffinity.values()) {
      for (const { term, weight } of preferredTerms(other, cluster)) if (term.matches(pod)) addAt(cluster, scores, term, node, weight);
      for (const term of requiredTerms(other, 'podAffinity', cluster)) if (term.matches(pod)) addAt(cluster, scores, term, node, HARD_WEIGHT);
    }
    if (scores.isEmpty) return 'skip';
    state.scratch.set(`${NAME}/score`, scores);
    return undefined;
  },
  score: (state, node) => (state.scratch.get(`${NAME}/score`) as DomainCounts).sum(node),
  normalize(scores) {
    let least = Infinity;
    let most = -Infinity;
    for (const score of scores.values()) {
      least = Math.min(least, score);
      most = Math.max(most, score);
    }
    for (const [node, score] of scores) scores.set(node, most === least ? 0 : Math.floor((100 * (score - least)) / (most - least)));
  },
  interests: [
    { event: 'AssignedPod', actions: ['add', 'delete', 'labels'], hint: (pod, event, cluster) => [event.object, event.previous].some((other) => other !== undefined && concerns(pod, other as Stored<Pod>, cluster)) },
    { event: 'Node', actions: ['add', 'labels'] },
  ],
};

function countGroups({ cluster }: CycleState, state: FilterState): void {
  const [first] = state.affinity;
  if (first) {
    for (const group of first.groups(cluster)) {
      if (!state.affinity.every((term) => term.matchesGroup(group))) continue;
      for (const term of state.affinity) for (const [name, count] of group.nodes) addAt(cluster, state.affinityCounts, term, name, count);
    }
  }
  for (const term of state.antiAffinity) for (const group of term.groups(cluster)) for (const [name, count] of group.nodes) addAt(cluster, state.antiAffinityCounts, term, name, count);
}

function addAt(cluster: ClusterView, counts: DomainCounts, term: Term, nodeName: string, by: number): void {
  const node = cluster.cache.node(nodeName);
  if (node) counts.add(term.topologyKey, node, by);
}

function concerns(pod: Stored<Pod>, other: Stored<Pod>, cluster: ClusterView): boolean {
  return (['podAffinity', 'podAntiAffinity'] as const).some((kind) => requiredTerms(pod, kind, cluster).some((term) => term.matches(other))) || requiredTerms(other, 'podAntiAffinity', cluster).some((term) => term.matches(pod));
}
