import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What was recorded from a real API server: ../shared/kubernetes, where that folder is at hand. */
const folder = fileURLToPath(new URL('../../../../shared/kubernetes/', import.meta.url));
const alternative = '/work/shared/kubernetes/';
export const factsFolder = [folder, alternative].find((path) => existsSync(path));

export type Json = Record<string, any>;

export function readFacts<T = Json>(name: string): T {
  return JSON.parse(readFileSync(`${factsFolder}${name}`, 'utf8')) as T;
}

/** One comparison: a name that stays, what was recorded, what we answer. */
export interface Item {
  readonly name: string;
  readonly real: unknown;
  readonly ours: unknown;
}
