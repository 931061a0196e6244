import { setMaxListeners } from 'node:events';
import path from 'node:path';
import type { Clock, Random } from '../base/clock/index.ts';
import { OrreryError } from '../base/errors/index.ts';
import { DisposableStore, Emitter, type Disposable } from '../base/lifecycle/index.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Notice } from '../contracts/ipc/index.ts';
import type { ChapterSummary, ChapterView, Check, Step } from '../contracts/lab/index.ts';
import { checkView, isPassing, questionOf, runOf, shuffled, type Attempt } from './attempt.ts';
import { runCheck, type CheckContext } from './checks/index.ts';
import { evaluateOver } from './checks/expression.ts';
import { act } from './faults/actions.ts';
import { inventory, sweep } from './faults/sweep.ts';
import { fill, type LoadedChapter } from './loader/loader.ts';
import { emptyChapter, emptyStep, Progress, type ChapterProgress, type StepProgress } from './progress/progress.ts';
import { layOutFiles } from './workspace.ts';

export interface LabEngineOptions {
  readonly cluster: Cluster;
  readonly chapters: readonly LoadedChapter[];
  readonly workspaces: string;
  readonly progressFile: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly notify: (notice: Notice) => void;
}

/** Checks run so often by themselves while a chapter is open, and soon after each change of the cluster. */
const CHECK_PERIOD_MS = 1_000;

/**
 * Leads the learner through chapters.
 *
 * Invariants
 * 1. One chapter is open at a time; leaving it reverts its faults.
 * 2. A step is done when all its checks pass at once, and stays done; only Reset opens it again.
 * 3. A step's faults are injected when all that it needs is done or skipped, and reverted when it is done itself, unless a
 *    later open step uses them too.
 * 4. Nothing here types or runs a shell: set-up, faults and checks go through the Cluster port.
 */
export class LabEngine implements Disposable {
  readonly #options: LabEngineOptions;
  readonly #progress: Progress;
  readonly #onDidChange = new Emitter<ChapterView>();
  readonly onDidChange = this.#onDidChange.event;
  readonly #abort = new AbortController();
  readonly #life = new DisposableStore();
  #attempt: Attempt | undefined;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #shown = '';

  constructor(options: LabEngineOptions) {
    this.#options = options;
    // An inventory asks for every kind at once.
    setMaxListeners(0, this.#abort.signal);
    this.#progress = new Progress(options.progressFile, options.notify, options.clock.now());
  }

  chapters(): ChapterSummary[] {
    return this.#options.chapters.map((loaded) => this.#summary(loaded));
  }

  /** Opens a chapter: makes its workspace, sets the cluster up, and begins to check. */
  async open(id: string): Promise<ChapterView> {
    if (this.#attempt?.chapter.id === id) return this.#view(this.#attempt);
    // What may fail (a full disk) comes first: the chapter that is open stays open then.
    const attempt = this.#begin(this.#find(id));
    await this.#leave();
    this.#attempt = attempt;
    await this.#setUp(attempt);
    this.#schedule();
    return this.#view(attempt);
  }

  /** Something in the cluster changed: look soon. */
  poke(): void {
    if (this.#attempt && !this.#running) this.#schedule(150);
  }

  async check(id: string): Promise<ChapterView> {
    const attempt = this.#current(id);
    await this.#running;
    await this.#runChecks(attempt);
    return this.#view(attempt);
  }

  hint(id: string, step: string): ChapterView {
    const attempt = this.#current(id);
    const { hints } = this.#step(attempt, step);
    return this.#change(attempt, step, (progress) => ({ ...progress, hints: Math.min(hints.length, progress.hints + 1) }));
  }

  solution(id: string, step: string): ChapterView {
    return this.#change(this.#current(id), step, (progress) => ({ ...progress, solutionShown: true }));
  }

  async skip(id: string, step: string): Promise<ChapterView> {
    const attempt = this.#current(id);
    this.#change(attempt, step, (progress) => ({ ...progress, state: progress.state === 'done' ? 'done' : 'skipped' }));
    await this.#moveFaults(attempt);
    return this.#view(attempt);
  }

  async answer(id: string, step: string, given: string | readonly string[]): Promise<ChapterView> {
    this.#change(this.#current(id), step, (progress) => ({ ...progress, given: typeof given === 'string' ? given : [...given] }));
    return this.check(id);
  }

  quiz(id: string, index: number, given: string): ChapterView {
    const attempt = this.#current(id);
    const progress = this.#progress.get(id);
    this.#progress.set(id, { ...progress, quiz: { ...progress.quiz, [index]: given } });
    return this.#view(attempt);
  }

  predict(id: string, prediction: string, text: string): ChapterView {
    const attempt = this.#current(id);
    const progress = this.#progress.get(id);
    this.#progress.set(id, { ...progress, predictions: { ...progress.predictions, [prediction]: text } });
    return this.#view(attempt);
  }

  /** Without a step: the chapter on a fresh cluster, its files as shipped, its progress empty. */
  async reset(id: string, step?: string): Promise<ChapterView> {
    const attempt = this.#current(id);
    this.#pause();
    await this.#running;
    if (step !== undefined) await this.#resetStep(attempt, step);
    else {
      await this.#options.cluster.reset(this.#abort.signal);
      this.#progress.set(id, emptyChapter());
      this.#attempt = this.#begin(attempt.loaded, true);
      await this.#setUp(this.#attempt);
    }
    this.#schedule();
    return this.#view(this.#attempt!);
  }

  /** The cluster was made anew beneath the open chapter: set up again what the chapter needs. */
  async clusterReplaced(): Promise<void> {
    const attempt = this.#attempt;
    if (!attempt) return;
    attempt.injected.clear();
    attempt.runs.clear();
    attempt.before.clear();
    await this.#setUp(attempt);
    this.#schedule();
  }

  dispose(): void {
    this.#abort.abort();
    this.#pause();
    this.#life.dispose();
    this.#onDidChange.dispose();
  }

  #begin(loaded: LoadedChapter, freshFiles = false): Attempt {
    const { workspaces, random } = this.#options;
    const { id, vars } = loaded.chapter;
    const progress = this.#progress.get(id);
    const chosen = Object.fromEntries(Object.entries(vars).map(([name, { pick }]) => [name, progress.vars[name] ?? pick[random.int(pick.length)]!]));
    this.#progress.set(id, { ...progress, vars: chosen });
    const workspace = path.join(workspaces, id);
    layOutFiles(path.join(loaded.folder, 'files'), workspace, freshFiles);
    const chapter = fill(loaded.chapter, chosen);
    return { loaded, chapter, vars: chosen, workspace, traceFrom: 0, before: new Map(), runs: new Map(), injected: new Set(), setup: { state: 'pending' } };
  }

  async #setUp(attempt: Attempt): Promise<void> {
    const { cluster } = this.#options;
    const { chapter, vars, loaded } = attempt;
    try {
      for (const action of chapter.setup) await act(action, { cluster, folder: loaded.folder, vars, signal: this.#abort.signal });
      attempt.traceFrom = cluster.capability('trace')?.last ?? 0;
      attempt.setup = { state: 'ready' };
      await this.#moveFaults(attempt);
    } catch (error) {
      attempt.setup = { state: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }

  async #leave(): Promise<void> {
    this.#pause();
    await this.#running;
    const attempt = this.#attempt;
    this.#attempt = undefined;
    if (attempt) await this.#revert(attempt, [...attempt.injected]);
  }

  async #resetStep(attempt: Attempt, id: string): Promise<void> {
    const { cluster } = this.#options;
    const step = this.#step(attempt, id);
    const later = attempt.chapter.steps.slice(attempt.chapter.steps.indexOf(step));
    await this.#revert(attempt, [...attempt.injected]);
    for (const part of cluster.capability('components')?.list() ?? []) if (!part.running) cluster.capability('components')!.start(part.id);
    cluster.capability('time')?.resume();
    const before = attempt.before.get(id);
    if (before) await sweep(cluster, before, this.#abort.signal);
    const progress = this.#progress.get(attempt.chapter.id);
    this.#progress.set(attempt.chapter.id, { ...progress, steps: { ...progress.steps, ...Object.fromEntries(later.map((one) => [one.id, emptyStep()])) } });
    for (const one of later) for (const check of one.checks) attempt.runs.delete(`${one.id}/${check.id}`);
    layOutFiles(path.join(attempt.loaded.folder, 'files'), attempt.workspace, true);
    attempt.traceFrom = cluster.capability('trace')?.last ?? 0;
    await this.#moveFaults(attempt);
  }

  #schedule(delayMs = CHECK_PERIOD_MS): void {
    this.#timer?.dispose();
    this.#timer = this.#options.clock.schedule(delayMs, () => {
      const attempt = this.#attempt;
      if (!attempt) return;
      this.#running = this.#runChecks(attempt).finally(() => {
        this.#running = undefined;
        if (this.#attempt) this.#schedule();
      });
    });
  }

  #pause(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  async #runChecks(attempt: Attempt): Promise<void> {
    if (attempt.setup.state === 'failed') await this.#setUp(attempt);
    if (attempt.setup.state !== 'ready') return this.#announce(attempt);
    for (const step of attempt.chapter.steps.filter((one) => this.#isOpen(attempt, one))) {
      await this.#remember(attempt, step);
      for (const check of step.checks) await this.#runOne(attempt, step, check);
      const passed = step.checks.every((check) => isPassing(check, runOf(attempt, step, check)));
      if (!passed || this.#attempt !== attempt) continue;
      this.#change(attempt, step.id, (progress) => ({ ...progress, state: 'done' }));
      await this.#moveFaults(attempt);
    }
    this.#announce(attempt);
  }

  async #runOne(attempt: Attempt, step: Step, check: Check): Promise<void> {
    const run = runOf(attempt, step, check);
    const context = this.#context(attempt, step, run.memory);
    run.result = await runCheck(check, context);
    run.happened ||= run.result.passed;
    delete run.hint;
    if (isPassing(check, run)) return;
    for (const { cel, say } of check.hints_when) {
      if ((await evaluateOver(cel, context).catch(() => false)) === true) {
        run.hint = say;
        return;
      }
    }
  }

  #context(attempt: Attempt, step: Step, memory: Map<string, unknown>): CheckContext {
    const { cluster, clock } = this.#options;
    return { cluster, signal: this.#abort.signal, traceFrom: attempt.traceFrom, given: this.#stepProgress(attempt, step.id).given, now: clock.now(), memory };
  }

  /** What is there when a step opens, for its reset. */
  async #remember(attempt: Attempt, step: Step): Promise<void> {
    if (attempt.before.has(step.id)) return;
    const found = await inventory(this.#options.cluster, this.#abort.signal).catch(() => undefined);
    if (found) attempt.before.set(step.id, found);
  }

  /** Faults follow the open steps. */
  async #moveFaults(attempt: Attempt): Promise<void> {
    const wanted = new Set(attempt.chapter.steps.filter((step) => this.#isOpen(attempt, step)).flatMap(({ faults }) => faults));
    await this.#revert(attempt, [...attempt.injected].filter((id) => !wanted.has(id)));
    for (const id of wanted) {
      if (attempt.injected.has(id)) continue;
      attempt.injected.add(id);
      await this.#act(attempt, attempt.chapter.faults.find((fault) => fault.id === id)!.inject);
    }
  }

  async #revert(attempt: Attempt, ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      attempt.injected.delete(id);
      await this.#act(attempt, attempt.chapter.faults.find((fault) => fault.id === id)!.revert);
    }
  }

  #act(attempt: Attempt, action: Parameters<typeof act>[0]): Promise<void> {
    return act(action, { cluster: this.#options.cluster, folder: attempt.loaded.folder, vars: attempt.vars, signal: this.#abort.signal });
  }

  #isOpen(attempt: Attempt, step: Step): boolean {
    const isClosed = (id: string): boolean => this.#stepProgress(attempt, id).state !== 'open';
    return !isClosed(step.id) && step.needs.every(isClosed);
  }

  #change(attempt: Attempt, step: string, update: (progress: StepProgress) => StepProgress): ChapterView {
    this.#step(attempt, step);
    const progress = this.#progress.get(attempt.chapter.id);
    this.#progress.set(attempt.chapter.id, { ...progress, steps: { ...progress.steps, [step]: update(progress.steps[step] ?? emptyStep()) } });
    this.#announce(attempt);
    return this.#view(attempt);
  }

  #announce(attempt: Attempt): void {
    if (this.#attempt !== attempt) return;
    const view = this.#view(attempt);
    const text = JSON.stringify({ steps: view.steps, setup: view.setup, quiz: view.quiz });
    if (text === this.#shown) return;
    this.#shown = text;
    this.#onDidChange.fire(view);
  }

  #view(attempt: Attempt): ChapterView {
    const { chapter, loaded, workspace, setup, vars } = attempt;
    const progress = this.#progress.get(chapter.id);
    return {
      ...this.#summary(loaded), blocks: fill(loaded.blocks, vars), workspace, setup, predictions: progress.predictions,
      steps: chapter.steps.map((step) => {
        const own = this.#stepProgress(attempt, step.id);
        const runs = step.checks.map((check) => ({ check, run: runOf(attempt, step, check) }));
        const answered = runs.find(({ check }) => check.answer);
        const verdict = own.given === undefined ? undefined : own.state === 'done' || answered?.run.result?.passed ? ('right' as const) : ('wrong' as const);
        const question = questionOf(step, own.given, verdict);
        return {
          id: step.id, state: own.state, hintsTotal: step.hints.length, hints: step.hints.slice(0, own.hints),
          checks: runs.map(({ check, run }) => checkView(check, run, own.state === 'done')),
          ...(own.solutionShown ? { solution: solutionOf(step) } : {}), ...(question ? { question } : {}),
        };
      }),
      quiz: chapter.quiz.map((one, index) => quizView(one, index, progress)),
    };
  }

  #summary({ chapter, number }: LoadedChapter): ChapterSummary {
    const { steps } = this.#progress.get(chapter.id);
    const stepsDone = chapter.steps.filter(({ id }) => (steps[id]?.state ?? 'open') !== 'open').length;
    return { id: chapter.id, number, title: chapter.title, minutes: chapter.minutes, difficulty: chapter.difficulty, stepsDone, stepsTotal: chapter.steps.length };
  }

  #stepProgress(attempt: Attempt, id: string): StepProgress {
    return this.#progress.get(attempt.chapter.id).steps[id] ?? emptyStep();
  }

  #find(id: string): LoadedChapter {
    const found = this.#options.chapters.find(({ chapter }) => chapter.id === id);
    if (found) return found;
    throw new OrreryError('no-chapter', `There is no chapter ${id}.`);
  }

  #current(id: string): Attempt {
    if (this.#attempt?.chapter.id === id) return this.#attempt;
    throw new OrreryError('chapter-not-open', `Chapter ${id} is not open.`, { remedy: 'Open it first.' });
  }

  #step(attempt: Attempt, id: string): Step {
    const found = attempt.chapter.steps.find((step) => step.id === id);
    if (found) return found;
    throw new OrreryError('no-step', `Chapter ${attempt.chapter.id} has no step ${id}.`);
  }
}

function solutionOf(step: Step): readonly string[] {
  const answers = step.checks.flatMap(({ answer }) => (answer?.correct ? [answer.kind === 'order' ? answer.correct.map((item, index) => `${index + 1}. ${item}`).join('\n') : answer.correct[0]!] : []));
  return [...step.solve, ...answers];
}

function quizView({ question, answer, distractors, hints }: { question: string; answer: string; distractors: readonly string[]; hints: readonly string[] }, index: number, progress: ChapterProgress): ChapterView['quiz'][number] {
  const given = progress.quiz[index];
  const verdict = given === undefined ? undefined : given === answer ? ('right' as const) : ('wrong' as const);
  return { question, options: shuffled([answer, ...distractors], question), ...(given === undefined ? {} : { given }), ...(verdict ? { verdict } : {}), hints: verdict === 'wrong' ? hints : [] };
}
