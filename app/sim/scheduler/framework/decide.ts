import type { Random } from '../../../base/clock/index.ts';
import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import { filterPlugins, scorePlugins } from '../plugins/index.ts';
import type { CycleState, Rejection } from './types.ts';

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
  /** Why there is no node: the message of the FailedScheduling event. */
  readonly message: string | undefined;
}

/** Filters, scores, chooses. models pkg/scheduler: schedulePod. Pure but for the choice between equals. */
export function decide(pod: Stored<Pod>, nodes: readonly NodeInfo[], random: Random, now: number): Decision {
  const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (nodes.length === 0) return { pod: key, at: now, chosen: undefined, verdicts: [], message: 'no nodes available to schedule pods' };
  const state: CycleState = { pod, nodes, scratch: new Map() };
  const rejections = new Map<string, { plugin: string; rejection: Rejection }>();
  const fitting: NodeInfo[] = [];
  for (const node of nodes) {
    const refusal = firstRefusal(state, node);
    if (refusal) rejections.set(node.name, refusal);
    else fitting.push(node);
  }
  const refused = [...rejections].map(([node, { plugin, rejection }]): NodeVerdict => ({ node, refusedBy: plugin, reasons: rejection.reasons, unresolvable: rejection.unresolvable }));
  if (fitting.length === 0) return { pod: key, at: now, chosen: undefined, verdicts: refused, message: failureMessage(nodes.length, refused, pod) };
  const scored = fitting.length === 1 ? [{ node: fitting[0]!.name, scores: {}, total: 0 }] : scoreAll(state, fitting);
  const best = Math.max(...scored.map(({ total }) => total));
  const winners = scored.filter(({ total }) => total === best);
  return { pod: key, at: now, chosen: winners[random.int(winners.length)]!.node, verdicts: [...scored, ...refused], message: undefined };
}

function firstRefusal(state: CycleState, node: NodeInfo): { plugin: string; rejection: Rejection } | undefined {
  for (const plugin of filterPlugins) {
    const rejection = plugin.filter(state, node);
    if (rejection) return { plugin: plugin.name, rejection };
  }
  return undefined;
}

function scoreAll(state: CycleState, nodes: readonly NodeInfo[]): { node: string; scores: Record<string, number>; total: number }[] {
  const results = nodes.map((node) => ({ node: node.name, scores: {} as Record<string, number>, total: 0 }));
  for (const plugin of scorePlugins) {
    const scores = new Map(nodes.map((node) => [node.name, plugin.score(state, node)]));
    plugin.normalize?.(scores);
    for (const result of results) {
      const weighted = scores.get(result.node)! * plugin.weight;
      result.scores[plugin.name] = weighted;
      result.total += weighted;
    }
  }
  return results;
}

/** `1 Insufficient cpu, 2 node(s) had untolerated taint(s)`: reasons counted, sorted as text. */
function countReasons(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort().join(', ');
}

/** models framework: FitError.Error and defaultpreemption: the note on what eviction would do */
function failureMessage(total: number, refused: readonly NodeVerdict[], pod: Stored<Pod>): string {
  const head = `0/${total} nodes are available: ${countReasons(refused.flatMap(({ reasons }) => reasons ?? []))}.`;
  if (pod.spec?.preemptionPolicy === 'Never') return `${head} no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.`;
  const preemption = refused.map(({ unresolvable }) => (unresolvable ? 'Preemption is not helpful for scheduling' : 'No preemption victims found for incoming pod'));
  return `${head} no new claims to deallocate, preemption: 0/${total} nodes are available: ${countReasons(preemption)}.`;
}
