// "Done already?" for steps that take time: a step's inputs are hashed, and the hash is kept once the step succeeded.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cache, root } from './paths.mjs';

const stampFile = (name) => path.join(cache, 'stamps', name);

/** Runs `step` unless it was done with the same inputs and its outputs are there. Returns true when it ran. */
export async function once(name, inputs, outputs, step) {
  const wanted = fingerprint(inputs);
  const done = outputs.every((output) => existsSync(path.join(root, output))) && read(stampFile(name)) === wanted;
  if (done) return false;
  await step();
  mkdirSync(path.dirname(stampFile(name)), { recursive: true });
  writeFileSync(stampFile(name), wanted);
  return true;
}

/** Of files: name, size and time of change; of folders, all below. Cheap: nothing is read. */
function fingerprint(inputs) {
  const hash = createHash('sha256');
  const visit = (file) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat) return;
    if (!stat.isDirectory()) return void hash.update(`${file} ${stat.size} ${stat.mtimeMs}\n`);
    for (const entry of readdirSync(file).sort()) if (entry !== 'node_modules') visit(path.join(file, entry));
  };
  for (const input of inputs) visit(path.join(root, input));
  return hash.digest('hex');
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
