import type { Pod, PodDisruptionBudget, Stored } from '../../../contracts/k8s/index.ts';
import { selectorFromLabelSelector } from '../../machinery/labels.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import { isCloneable } from '../framework/framework.ts';
import type { CycleState, Diagnosis, Plugin, Rejection } from '../framework/types.ts';
import { podTopologySpread } from '../plugins/pod-topology-spread.ts';
import { interPodAffinity } from '../plugins/inter-pod-affinity.ts';
import { volumeRestrictions } from '../plugins/volume-restrictions.ts';

/** Room on a node, at the price of these Pods. */
export interface Candidate {
  readonly node: string;
  /** The most important first. */
  readonly victims: readonly Stored<Pod>[];
  readonly violations: number;
}

type Filter = (state: CycleState, node: NodeInfo) => Rejection | undefined;
type Refusals = Map<string, { plugin: string; rejection: Rejection }>;

/** models DefaultPreemptionArgs: MinCandidateNodesPercentage, MinCandidateNodesAbsolute */
const PERCENT = 10;
const LEAST = 100;
const PLUGIN = 'DefaultPreemption';
/** Those whose scratch changes when Pods come and go. */
const AWARE: readonly Plugin[] = [podTopologySpread, interPodAffinity, volumeRestrictions];

/** models Evaluator: findCandidates, SelectCandidate */
export function findCandidate(state: CycleState, diagnosis: Diagnosis, filter: Filter): { readonly candidate: Candidate | undefined; readonly refusals: Refusals } {
  const refusals: Refusals = new Map();
  const refuse = (node: string, reason: string, unresolvable: boolean): void => void refusals.set(node, { plugin: PLUGIN, rejection: { reasons: [reason], unresolvable } });
  const potential: NodeInfo[] = [];
  for (const node of state.nodes) {
    const refusal = diagnosis.refusals.get(node.name);
    if (!refusal || refusal.rejection.unresolvable || diagnosis.preFilter) refuse(node.name, 'Preemption is not helpful for scheduling', true);
    else potential.push(node);
  }
  if (potential.length === 0) return { candidate: undefined, refusals };
  const wanted = Math.max(Math.trunc((potential.length * PERCENT) / 100), LEAST);
  const offset = state.cluster.random.int(potential.length);
  const budgets = state.cluster.budgets.list();
  const found: Candidate[] = [];
  for (let i = 0; i < potential.length && found.length < wanted; i++) {
    const node = potential[(offset + i) % potential.length]!;
    const result = selectVictims(state, node, budgets, filter);
    if ('victims' in result) found.push(result);
    else refusals.set(node.name, { plugin: PLUGIN, rejection: result });
  }
  return { candidate: best(found), refusals };
}

/** Takes all less important Pods away, then gives back as many as can stay. models SelectVictimsOnNode */
function selectVictims(original: CycleState, node: NodeInfo, budgets: readonly Stored<PodDisruptionBudget>[], filter: Filter): Candidate | Rejection {
  const state = cloneState(original);
  const trial = node.clone();
  const priority = original.pod.spec?.priority ?? 0;
  const lesser = [...node.pods.values()].filter((pod) => (pod.spec?.priority ?? 0) < priority);
  if (lesser.length === 0) return { reasons: ['No preemption victims found for incoming pod'], unresolvable: true };
  const take = (pod: Stored<Pod>): void => {
    trial.removePod(pod.metadata.uid);
    for (const plugin of AWARE) plugin.removePod!(state, pod, trial);
  };
  const giveBack = (pod: Stored<Pod>): void => {
    trial.addPod(pod);
    for (const plugin of AWARE) plugin.addPod!(state, pod, trial);
  };
  lesser.forEach(take);
  const refusal = filter(state, trial);
  if (refusal) return refusal;
  const { violating, harmless } = byBudget([...lesser].sort(moreImportant), budgets);
  const victims: Stored<Pod>[] = [];
  let violations = 0;
  const reprieve = (pod: Stored<Pod>): boolean => {
    giveBack(pod);
    if (!filter(state, trial)) return true;
    take(pod);
    victims.push(pod);
    return false;
  };
  for (const pod of violating) if (!reprieve(pod)) violations++;
  for (const pod of harmless) reprieve(pod);
  return { node: node.name, victims: victims.sort(moreImportant), violations };
}

function cloneState(state: CycleState): CycleState {
  return { ...state, scratch: new Map([...state.scratch].map(([name, value]) => [name, isCloneable(value) ? value.clone() : value] as const)) };
}

/** models util: MoreImportantPod */
function moreImportant(a: Stored<Pod>, b: Stored<Pod>): number {
  return (b.spec?.priority ?? 0) - (a.spec?.priority ?? 0) || startOf(a).localeCompare(startOf(b));
}

function startOf(pod: Stored<Pod>): string {
  return pod.status?.startTime ?? pod.metadata.creationTimestamp;
}

/** Who could only go against a budget. models filterPodsWithPDBViolation */
function byBudget(pods: readonly Stored<Pod>[], budgets: readonly Stored<PodDisruptionBudget>[]): { violating: Stored<Pod>[]; harmless: Stored<Pod>[] } {
  const left = new Map(budgets.map((budget) => [budget, budget.status?.disruptionsAllowed ?? 0]));
  const violating: Stored<Pod>[] = [];
  const harmless: Stored<Pod>[] = [];
  for (const pod of pods) {
    let violates = false;
    for (const budget of budgets) {
      if (budget.metadata.namespace !== pod.metadata.namespace || !budget.spec?.selector || !pod.metadata.labels) continue;
      const selector = selectorFromLabelSelector(budget.spec.selector);
      if (selector.empty || !selector.matches(pod.metadata.labels) || budget.status?.disruptedPods?.[pod.metadata.name]) continue;
      left.set(budget, left.get(budget)! - 1);
      if (left.get(budget)! < 0) violates = true;
    }
    (violates ? violating : harmless).push(pod);
  }
  return { violating, harmless };
}

/** The least harm: budgets, then importance, then number, then youth. models pickOneNodeForPreemption */
function best(candidates: readonly Candidate[]): Candidate | undefined {
  const priorities = ({ victims }: Candidate): number[] => victims.map((pod) => pod.spec?.priority ?? 0);
  const criteria: readonly ((candidate: Candidate) => number)[] = [
    ({ violations }) => violations,
    (candidate) => Math.max(...priorities(candidate)),
    (candidate) => priorities(candidate).reduce((sum, priority) => sum + priority + 2 ** 31, 0),
    ({ victims }) => victims.length,
  ];
  let left = candidates;
  for (const cost of criteria) {
    const least = Math.min(...left.map(cost));
    left = left.filter((candidate) => cost(candidate) === least);
  }
  // The victims that started last lose the least.
  const earliest = ({ victims }: Candidate): string => {
    const highest = Math.max(...victims.map((pod) => pod.spec?.priority ?? 0));
    return victims.filter((pod) => (pod.spec?.priority ?? 0) === highest).map(startOf).sort()[0] ?? '';
  };
  return [...left].sort((a, b) => earliest(b).localeCompare(earliest(a)))[0];
}
