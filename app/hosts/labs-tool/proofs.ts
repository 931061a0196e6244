import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { evaluateOver } from '../../lab-engine/checks/expression.ts';
import { runCheck, type CheckContext } from '../../lab-engine/checks/index.ts';
import { act } from '../../lab-engine/faults/actions.ts';
import { fill, type LoadedChapter } from '../../lab-engine/loader/loader.ts';
import type { Check, Chapter, Step } from '../../contracts/lab/index.ts';
import type { Bench } from './bench.ts';

/** A proof's complaints; none: it holds. */
export type Proof = (chapter: LoadedChapter, bench: Bench) => Promise<string[]>;

/** How long a fault has to show before anyone does anything. */
const UNAIDED_MS = 8_000;

const context = (bench: Bench): CheckContext => ({ cluster: bench.cluster, signal: new AbortController().signal, traceFrom: bench.cluster.capability('trace').last, given: undefined, now: Date.now(), memory: new Map() });

/** a. On a fresh cluster every check fails, unless it is marked as given; and a given one passes once the cluster settled. */
const freshFails: Proof = async (loaded, bench) => {
  const problems: string[] = [];
  const { chapter } = await bench.open(loaded);
  for (const step of chapter.steps) {
    for (const check of step.checks) {
      const { passed, observed } = await runCheck(check, context(bench));
      if (passed && !check.given) problems.push(`${step.id}/${check.id} passes on a fresh cluster: ${observed}`);
    }
  }
  return problems;
};

/** b. What `solve` says, typed into a real shell with the real kubectl, passes every step; twice in a row. */
const solutionPasses: Proof = async (loaded, bench) => {
  for (const round of [1, 2]) {
    const { chapter } = await bench.open(loaded);
    for (const step of chapter.steps) {
      for (const line of step.solve) await bench.type(line);
      const answer = await answerOf(step, bench);
      if (answer !== undefined) await bench.labs.answer(chapter.id, step.id, answer);
      const view = await bench.untilDone(chapter.id, step.id);
      if (view.state === 'done') continue;
      const why = view.checks.filter(({ state }) => state !== 'passing').map(({ id, expected, observed }) => `${id}: expected ${expected}, observed ${observed}`);
      return [`round ${round}: step ${step.id} is not done by its solution: ${why.join('; ')}\n${bench.screen()}`];
    }
  }
  return [];
};

/** What answers a step's question rightly; undefined: it asks none. */
export async function answerOf(step: Step, bench: Bench): Promise<string | string[] | undefined> {
  const spec = step.checks.find((check: Check) => check.answer)?.answer;
  if (!spec) return undefined;
  if (spec.kind === 'order') return spec.correct!;
  if (spec.correct) return spec.correct[0]!;
  const value = await evaluateOver(spec.correctCel!, context(bench));
  return String(Array.isArray(value) ? value[0] : value);
}

/**
 * c. Each fault shows its symptom, and its revert removes it: the learner does what comes before and the fault comes. One
 * that does not show by itself shows in what the learner does next, the first step that it belongs to. (Done at once,
 * that step mended some faults before anyone could have seen them.)
 */
const faultsShow: Proof = async (loaded, bench) => {
  const problems: string[] = [];
  for (const { id } of loaded.chapter.faults) {
    const { chapter, vars } = await bench.open(loaded);
    const fault = chapter.faults.find((one) => one.id === id)!;
    if (!fault.symptom) continue;
    const where = { cluster: bench.cluster, folder: loaded.folder, vars, signal: new AbortController().signal };
    const symptom = { id: 'symptom', mode: 'level', given: false, hints_when: [], ...fault.symptom } as Check;
    const first = chapter.steps.findIndex(({ faults }) => faults.includes(id));
    await act(fault.revert, where); // the engine injects the faults of steps that are open from the start
    for (const step of chapter.steps.slice(0, Math.max(0, first))) for (const line of step.solve) await bench.type(line);
    await act(fault.inject, where);
    const shows = async (): Promise<boolean> => (await runCheck(symptom, context(bench))).passed;
    let seen = await bench.eventually(shows, UNAIDED_MS);
    for (const line of seen ? [] : (chapter.steps[first]?.solve ?? [])) {
      await bench.type(line);
      seen ||= await shows();
    }
    if (!seen && !(await bench.eventually(shows))) problems.push(`fault ${id} does not show its symptom`);
    await act(fault.revert, where);
    if (!(await bench.eventually(async () => !(await shows())))) problems.push(`fault ${id} is not removed by its revert`);
  }
  return problems;
};

/** d. No hint gives the solution away. */
const hintsHintOnly: Proof = async ({ chapter }) => {
  const plain = (text: string): string => text.replace(/\s+/g, ' ').toLowerCase();
  return chapter.steps.flatMap((step) => step.hints.flatMap((hint) => step.solve.filter((line) => plain(hint).includes(plain(line))).map((line) => `a hint of ${step.id} contains its solution: ${line}`)));
};

/** e. Ids are unique, steps that are needed exist, every step has its task, files that are named exist, links are https. */
const namesExist: Proof = async ({ chapter, blocks, folder }) => {
  const problems: string[] = [];
  const ids = chapter.steps.map(({ id }) => id);
  for (const id of ids) if (ids.filter((other) => other === id).length > 1) problems.push(`two steps are called ${id}`);
  const tasks = blocks.flatMap((block) => (block.type === 'task' ? [block.step] : []));
  for (const id of ids) if (tasks.filter((task) => task === id).length !== 1) problems.push(`step ${id} needs exactly one :::task{#${id}} in the text`);
  for (const named of [...tasks, ...blocks.flatMap((block) => (block.type === 'predict' ? [block.step] : [])), ...chapter.steps.flatMap(({ needs }) => needs)]) if (!ids.includes(named)) problems.push(`there is no step ${named}`);
  for (const fault of chapter.steps.flatMap(({ faults }) => faults)) if (!chapter.faults.some(({ id }) => id === fault)) problems.push(`there is no fault ${fault}`);
  for (const { apply } of chapter.setup) if (apply && !existsSync(path.join(folder, apply))) problems.push(`${apply} is not there`);
  for (const block of blocks) if ('html' in block) for (const [, link = ''] of block.html.matchAll(/href="([^"]*)"/g)) if (!link.startsWith('https://')) problems.push(`the link ${link} is not https`);
  const known = new Set(['kubectl', 'lab', 'helm', 'cat', 'ls', 'k']);
  for (const block of blocks) if (block.type === 'command') for (const line of block.command.split('\n')) if (!known.has(line.trim().split(/\s/)[0]!)) problems.push(`the command ${line} is none that a learner has`);
  return problems;
};

/** f. What a task asks for has been shown: every kubectl verb of a solution stands in the text, a hint, or an earlier chapter. */
const textSuffices = (earlier: readonly LoadedChapter[]): Proof => async (loaded) => {
  const told = [...earlier, loaded].map(({ chapter, blocks }) => [...blocks.map((block) => ('html' in block ? block.html : 'command' in block ? block.command : '')), ...chapter.steps.flatMap(({ hints }) => hints)].join('\n')).join('\n').replaceAll(/<[^>]+>/g, '');
  return loaded.chapter.steps.flatMap((step) => step.solve.filter((line) => !told.includes(line.split(/\s+/).slice(0, 2).join(' '))).map((line) => `step ${step.id} needs "${line.split(/\s+/).slice(0, 2).join(' ')}", which no text has shown`));
};

export function proofs(earlier: readonly LoadedChapter[]): Readonly<Record<string, Proof>> {
  return { 'names exist': namesExist, 'hints do not tell': hintsHintOnly, 'the text suffices': textSuffices(earlier), 'a fresh cluster fails': freshFails, 'faults show and go': faultsShow, 'the solution passes, twice': solutionPasses };
}

/** What is true of all chapters together. */
export function togetherProblems(chapters: readonly LoadedChapter[], folder: string): string[] {
  const ids = chapters.map(({ chapter }) => chapter.id);
  const problems = ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `two chapters are called ${id}`);
  for (const { chapter } of chapters) for (const needed of chapter.needs) if (!ids.includes(needed)) problems.push(`${chapter.id} needs ${needed}, which does not exist`);
  const numbers = readdirSync(folder).filter((name) => /^\d{3}-/.test(name)).map((name) => name.slice(0, 3));
  return [...problems, ...numbers.filter((number, index) => numbers.indexOf(number) !== index).map((number) => `two chapters have number ${number}`)];
}

export type { Chapter };
export { fill };
