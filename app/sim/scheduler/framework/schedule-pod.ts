import type { NodeInfo } from '../cache/node-info.ts';
import { fitMessage } from './fit-error.ts';
import type { Framework, Refusal, Scored } from './framework.ts';
import type { CycleState, Diagnosis, PostFilterResult } from './types.ts';

/** What became of one node in a decision. */
export interface NodeVerdict {
  readonly node: string;
  /** The plug-in that refused it, and why. */
  readonly refusedBy?: string;
  readonly reasons?: readonly string[];
  readonly unresolvable?: boolean;
  /** Weighted scores by plug-in. */
  readonly scores?: Readonly<Record<string, number>>;
  readonly total?: number;
}

export interface Decision {
  /** `namespace/name` */
  readonly pod: string;
  readonly at: number;
  readonly chosen: string | undefined;
  readonly verdicts: readonly NodeVerdict[];
  /** Nodes that were looked at beside those in `verdicts`: large clusters are shown in part. */
  readonly omitted?: number;
  /** Why there is no node: the message of the FailedScheduling event. */
  readonly message: string | undefined;
  /** Evicting these would make room on that node. */
  readonly nominated?: PostFilterResult['nominated'];
  readonly withdraws?: boolean;
  /** Plug-ins whose refusal decided; news that concerns none of them is no reason for another try. */
  readonly refusedBy: readonly string[];
}

/** So many verdicts of each kind are kept. */
const SHOWN = 24;
/** models pkg/scheduler: minFeasibleNodesToFind, minFeasibleNodesPercentageToFind */
const LEAST_NODES = 100;
const LEAST_PERCENT = 5;

/** Where the search for nodes begins: it goes on where the last one ended, so that all nodes get their turn. */
export interface Rotation {
  next: number;
}

/** Filters, scores, chooses. models pkg/scheduler: schedulePod */
export function schedulePod(state: CycleState, framework: Framework, rotation: Rotation): Decision {
  const { pod, nodes, cluster } = state;
  const base = { pod: `${pod.metadata.namespace}/${pod.metadata.name}`, at: cluster.clock.now() };
  if (nodes.length === 0) return { ...base, chosen: undefined, verdicts: [], message: 'no nodes available to schedule pods', refusedBy: [] };
  const { fitting, diagnosis } = findNodesThatFit(state, framework, rotation);
  const refused = [...diagnosis.refusals].map(([node, { plugin, rejection }]): NodeVerdict => ({ node, refusedBy: plugin, ...rejection }));
  if (fitting.length === 0) {
    const after = framework.postFilter(state, diagnosis);
    const refusedBy = [...new Set(diagnosis.preFilter ? [diagnosis.preFilter.plugin] : refused.map((verdict) => verdict.refusedBy!))];
    return { ...base, chosen: undefined, ...shown([], refused), message: fitMessage(diagnosis, after.message), refusedBy, ...(after.nominated ? { nominated: after.nominated } : {}), ...(after.withdraws ? { withdraws: true } : {}) };
  }
  const scored: Scored[] = fitting.length === 1 ? [{ node: fitting[0]!, scores: {}, total: 0 }] : framework.score(state, fitting);
  let best = -Infinity;
  for (const { total } of scored) best = Math.max(best, total);
  const winners = scored.filter(({ total }) => total === best);
  const chosen = winners[winners.length === 1 ? 0 : cluster.random.int(winners.length)]!.node.name;
  const ranked = scored.length <= SHOWN ? scored : [...scored].sort((a, b) => b.total - a.total || (a.node.name === chosen ? -1 : b.node.name === chosen ? 1 : 0));
  return { ...base, chosen, ...shown(ranked, refused), message: undefined, refusedBy: [] };
}

function shown(scored: readonly Scored[], refused: readonly NodeVerdict[]): Pick<Decision, 'verdicts' | 'omitted'> {
  const verdicts = [...scored.slice(0, SHOWN).map(({ node, scores, total }): NodeVerdict => ({ node: node.name, scores, total })), ...refused.slice(0, SHOWN)];
  const omitted = scored.length + refused.length - verdicts.length;
  return omitted > 0 ? { verdicts, omitted } : { verdicts };
}

/** models numFeasibleNodesToFind */
export function nodesToFind(total: number, percentage: number | undefined): number {
  if (total < LEAST_NODES) return total;
  const percent = percentage ? percentage : Math.max(LEAST_PERCENT, 50 - Math.trunc(total / 125));
  return percent >= 100 ? total : Math.max(LEAST_NODES, Math.trunc((total * percent) / 100));
}

function findNodesThatFit(state: CycleState, framework: Framework, rotation: Rotation): { fitting: NodeInfo[]; diagnosis: Diagnosis } {
  const { nodes } = state;
  const refusals = new Map<string, Refusal>();
  const { refusal, nodes: only, narrowedBy } = framework.preFilter(state);
  if (refusal) {
    for (const node of nodes) refusals.set(node.name, refusal);
    return { fitting: [], diagnosis: { total: nodes.length, refusals, preFilter: { plugin: refusal.plugin, message: refusal.rejection.reasons.join(', ') } } };
  }
  // A promised node is tried first, alone. models evaluateNominatedNode
  const promised = state.pod.status?.nominatedNodeName ? state.cluster.cache.node(state.pod.status.nominatedNodeName) : undefined;
  if (promised && (!only || only.has(promised.name)) && !framework.filterWithNominated(state, promised)) return { fitting: [promised], diagnosis: { total: nodes.length, refusals, preFilter: undefined } };
  const wanted = nodesToFind(nodes.length, framework.profile.percentageOfNodesToScore);
  const fitting: NodeInfo[] = [];
  const absent: Refusal = { plugin: narrowedBy[narrowedBy.length - 1] ?? '', rejection: { reasons: [`node(s) didn't satisfy plugin(s) [${narrowedBy.join(' ')}]`], unresolvable: true } };
  let looked = 0;
  for (; looked < nodes.length && fitting.length < wanted; looked++) {
    const node = nodes[(rotation.next + looked) % nodes.length]!;
    const refused = only && !only.has(node.name) ? absent : framework.filterWithNominated(state, node);
    if (refused) refusals.set(node.name, refused);
    else fitting.push(node);
  }
  rotation.next = (rotation.next + looked) % nodes.length;
  return { fitting, diagnosis: { total: nodes.length, refusals, preFilter: undefined } };
}
