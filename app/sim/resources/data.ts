import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The data files of this folder (`columns.json`, `schemas/generated/structure.json`) as text. In the sources they stand
 * beside this module; the bundler copies them to `data/` beside the bundle.
 */
export function readDataFile(name: string): string {
  const bundled = fileURLToPath(new URL(`./data/${name}`, import.meta.url));
  return readFileSync(existsSync(bundled) ? bundled : fileURLToPath(new URL(`./${name}`, import.meta.url)), 'utf8');
}
