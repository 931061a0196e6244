import type { Chapter, Check, CheckView, QuestionView, Step } from '../contracts/lab/index.ts';
import type { CheckResult } from './checks/index.ts';
import type { LoadedChapter } from './loader/loader.ts';

/** What is known of one check in this attempt. */
export interface CheckRun {
  result?: CheckResult;
  /** For `edge` checks: it happened. */
  happened: boolean;
  hint?: string;
  readonly memory: Map<string, unknown>;
}

/** One chapter being worked on: what is not kept over a restart. */
export interface Attempt {
  readonly loaded: LoadedChapter;
  /** With its variables filled in. */
  readonly chapter: Chapter;
  readonly vars: Readonly<Record<string, string>>;
  readonly workspace: string;
  traceFrom: number;
  /** UIDs of the objects that were there before a step began. */
  readonly before: Map<string, ReadonlySet<string>>;
  readonly runs: Map<string, CheckRun>;
  /** Faults that are in effect. */
  readonly injected: Set<string>;
  setup: { state: 'pending' | 'ready' | 'failed'; message?: string };
}

export function runOf(attempt: Attempt, step: Step, check: Check): CheckRun {
  const key = `${step.id}/${check.id}`;
  const run = attempt.runs.get(key) ?? { happened: false, memory: new Map<string, unknown>() };
  attempt.runs.set(key, run);
  return run;
}

export function isPassing(check: Check, run: CheckRun): boolean {
  return check.mode === 'edge' ? run.happened : (run.result?.passed ?? false);
}

export function checkView(check: Check, run: CheckRun, isDone: boolean): CheckView {
  if (isDone) return { id: check.id, state: 'passing' };
  if (!run.result) return { id: check.id, state: 'unknown' };
  if (isPassing(check, run)) return { id: check.id, state: 'passing' };
  const { expected, observed } = run.result;
  return { id: check.id, state: 'failing', expected, observed, ...(check.failure_message ? { message: check.failure_message } : {}), ...(run.hint ? { hint: run.hint } : {}) };
}

/** The question of a step that is answered in the chapter itself. */
export function questionOf(step: Step, given: string | readonly string[] | undefined, verdict: 'right' | 'wrong' | undefined): QuestionView | undefined {
  const spec = step.checks.find(({ answer }) => answer)?.answer;
  if (!spec) return undefined;
  const options = spec.kind === 'order' ? spec.correct : spec.kind === 'choice' ? spec.options : undefined;
  return { kind: spec.kind, prompt: spec.question, ...(options ? { options: shuffled(options, step.id) } : {}), ...(given === undefined ? {} : { given }), ...(verdict ? { verdict } : {}) };
}

/** Mixed the same way each time: by a hash of the text and the place that asks. */
export function shuffled(options: readonly string[], salt: string): string[] {
  const hash = (text: string): number => [...`${salt}/${text}`].reduce((sum, letter) => (Math.imul(sum, 31) + letter.codePointAt(0)!) >>> 0, 17);
  return [...options].sort((a, b) => Math.imul(hash(a), 2654435761) - Math.imul(hash(b), 2654435761) || a.localeCompare(b));
}
