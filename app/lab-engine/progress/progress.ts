import { readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { plainReason } from '../../base/errors/index.ts';
import { writeWhole } from '../../base/files/index.ts';
import type { Notice } from '../../contracts/ipc/index.ts';

const stepProgress = z.object({
  state: z.enum(['open', 'done', 'skipped']).default('open'),
  hints: z.number().int().default(0),
  solutionShown: z.boolean().default(false),
  given: z.union([z.string(), z.array(z.string())]).optional(),
});
const chapterProgress = z.object({
  vars: z.record(z.string(), z.string()).default({}),
  steps: z.record(z.string(), stepProgress).default({}),
  quiz: z.record(z.string(), z.string()).default({}),
  predictions: z.record(z.string(), z.string()).default({}),
});
const file = z.object({ version: z.literal(1), chapters: z.record(z.string(), chapterProgress) });

export type StepProgress = z.infer<typeof stepProgress>;
export type ChapterProgress = z.infer<typeof chapterProgress>;

export const emptyChapter = (): ChapterProgress => chapterProgress.parse({});
export const emptyStep = (): StepProgress => stepProgress.parse({});

/**
 * What the learner has done, in one JSON file.
 *
 * Invariants
 * 1. The file on disk is always whole: written beside and renamed; the one before is kept as `.bak`.
 * 2. A file that cannot be read is never overwritten: it is moved aside, the copy before it is used, and a notice says so.
 */
export class Progress {
  readonly #path: string;
  readonly #notify: (notice: Notice) => void;
  readonly #chapters: Map<string, ChapterProgress>;

  constructor(path: string, notify: (notice: Notice) => void, now: number) {
    this.#path = path;
    this.#notify = notify;
    this.#chapters = new Map(Object.entries(this.#load(now)));
  }

  get(chapter: string): ChapterProgress {
    return this.#chapters.get(chapter) ?? emptyChapter();
  }

  set(chapter: string, progress: ChapterProgress): void {
    this.#chapters.set(chapter, progress);
    const text = JSON.stringify({ version: 1, chapters: Object.fromEntries(this.#chapters) }, null, 1);
    try {
      writeWhole(this.#path, text, { keep: `${this.#path}.bak` });
    } catch (error) {
      this.#notify({ id: 'progress-write', severity: 'error', title: 'Progress could not be saved', message: `${plainReason(error)}. What you did stays until you quit.`, remedy: `Make room or check the permissions of ${path.dirname(this.#path)}; the next step saves everything.` });
    }
  }

  #load(now: number): Readonly<Record<string, ChapterProgress>> {
    const first = read(this.#path);
    if (first === 'none') return this.#backup() ?? {};
    if (first !== 'corrupt') return first;
    const aside = `${this.#path}.corrupt-${now}`;
    renameSync(this.#path, aside);
    const backup = this.#backup();
    this.#notify({
      id: 'progress-corrupt', severity: 'warning', title: 'Your progress file was damaged',
      message: backup ? 'The copy before it was used; at most the last step is missing.' : 'There was no copy, so the chapters start anew.',
      remedy: `The damaged file is kept as ${aside}.`,
    });
    return backup ?? {};
  }

  #backup(): Readonly<Record<string, ChapterProgress>> | undefined {
    const backup = read(`${this.#path}.bak`);
    return typeof backup === 'string' ? undefined : backup;
  }
}

function read(name: string): Readonly<Record<string, ChapterProgress>> | 'none' | 'corrupt' {
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch {
    return 'none';
  }
  try {
    return file.parse(JSON.parse(text)).chapters;
  } catch {
    return 'corrupt';
  }
}
