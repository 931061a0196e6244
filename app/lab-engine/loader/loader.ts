import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { chapterSchema, type Block, type Chapter } from '../../contracts/lab/index.ts';
import { blocksOf } from './text.ts';

export interface LoadedChapter {
  readonly chapter: Chapter;
  readonly number: number;
  /** The text in pieces. Throws, naming the file, when it cannot be read. */
  readonly blocks: readonly Block[];
  /** Absolute. */
  readonly folder: string;
}

/** Front matters that the build has read already, by the SHA-256 of their YAML: what was changed since is read anew. */
export type Matters = Readonly<Record<string, unknown>>;

/** All chapters below `folder`, in order of their numbers. @throws naming the file and what is wrong */
export function loadChapters(folder: string, matters: Matters = {}): LoadedChapter[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^\d{3}-/.test(entry.name))
    .map((entry) => loadChapter(path.join(folder, entry.name), matters))
    .sort((a, b) => a.number - b.number);
}

export function loadChapter(folder: string, matters: Matters = {}): LoadedChapter {
  const file = path.join(folder, 'chapter.md');
  const [, matter, text] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(readFileSync(file, 'utf8')) ?? [];
  if (matter === undefined || text === undefined) throw new Error(`${file}: has no front matter between --- lines`);
  const parsed = chapterSchema.safeParse(matters[createHash('sha256').update(matter).digest('hex')] ?? parse(matter));
  if (!parsed.success) throw new Error(`${file}: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`);
  let blocks: readonly Block[] | undefined;
  return {
    chapter: parsed.data, number: Number(path.basename(folder).slice(0, 3)), folder,
    // Read when it is opened: the app starts with all chapters and shows one.
    get blocks() {
      return (blocks ??= readText(file, text));
    },
  };
}

function readText(file: string, text: string): readonly Block[] {
  try {
    return blocksOf(text);
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Replaces `${NAME}` in every text of a value. Unknown names stay as they are: shells use the same signs. */
export function fill<T>(value: T, vars: Readonly<Record<string, string>>): T {
  if (typeof value === 'string') return value.replaceAll(/\$\{([A-Z][A-Z0-9_]*)\}/g, (whole, name: string) => vars[name] ?? whole) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => fill(item, vars)) as T;
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner as unknown, vars)])) as T;
  return value;
}
