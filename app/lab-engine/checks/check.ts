import type { Cluster } from '../../cluster/cluster.ts';
import type { CheckKind, CheckSpecs } from '../../contracts/lab/index.ts';

/** What a check sees. */
export interface CheckContext {
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
  /** Trace events after this one belong to the attempt. */
  readonly traceFrom: number;
  /** What the learner answered in this step. */
  readonly given: string | readonly string[] | undefined;
  /** Real milliseconds since the epoch. */
  readonly now: number;
  /** Kept between runs of the same check in one attempt. */
  readonly memory: Map<string, unknown>;
}

export interface CheckResult {
  readonly passed: boolean;
  /** What must be, as a reader understands it. */
  readonly expected: string;
  /** What was found. */
  readonly observed: string;
}

/** One kind of check: a file in this folder and a line in `index.ts`. Declarative: nothing untrusted runs. */
export interface CheckType<K extends CheckKind> {
  readonly kind: K;
  run(spec: CheckSpecs[K], context: CheckContext): Promise<CheckResult>;
}
