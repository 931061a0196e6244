import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { NodeInfo } from '../cache/node-info.ts';

/** Why a node does not fit. `unresolvable`: evicting other Pods would not help either. */
export interface Rejection {
  readonly reasons: readonly string[];
  readonly unresolvable: boolean;
}

/** What the plug-ins may look at besides the node in question. */
export interface CycleState {
  readonly pod: Stored<Pod>;
  readonly nodes: readonly NodeInfo[];
  /** Scratch for plug-ins, by their names: made in the first call, used in the others. */
  readonly scratch: Map<string, unknown>;
}

export interface FilterPlugin {
  readonly name: string;
  /** Undefined: the node fits. models framework: FilterPlugin */
  filter(state: CycleState, node: NodeInfo): Rejection | undefined;
}

export interface ScorePlugin {
  readonly name: string;
  readonly weight: number;
  /** 0 to 100, before normalization. */
  score(state: CycleState, node: NodeInfo): number;
  /** Brings the scores of all nodes to 0–100; absent: they are already. */
  normalize?(scores: Map<string, number>): void;
}

/** The largest score becomes 100, the others in proportion; `reverse` turns small into good. models helper: DefaultNormalizeScore */
export function normalizeTo100(scores: Map<string, number>, reverse: boolean): void {
  const highest = Math.max(0, ...scores.values());
  for (const [node, score] of scores) {
    if (highest === 0) scores.set(node, reverse ? 100 : 0);
    else {
      const scaled = Math.floor((score * 100) / highest);
      scores.set(node, reverse ? 100 - scaled : scaled);
    }
  }
}
