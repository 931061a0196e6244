// Where things are, for all scripts.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const cache = path.join(root, '.cache');
export const tools = path.join(cache, 'tools');
export const headlessBundle = path.join(root, 'out/cluster/headless.mjs');
