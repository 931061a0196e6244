// One pinned npm package, fetched whole and checked, without becoming a dependency.
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';
import { capture } from './run.mjs';

/** Packs `specifier` into `folder`, compares it with the pin called `pin`, and unpacks it. Returns the unpacked folder. */
export async function fetchPackage(specifier, pin, folder) {
  const wanted = JSON.parse(readFileSync(path.join(root, 'build/resources/pinned.json'), 'utf8'))[pin];
  const packed = await capture('npm', ['pack', specifier, '--silent', '--pack-destination', folder]);
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (!archive) throw new Error(`${specifier} could not be fetched: ${packed.output.trim()}`);
  const file = path.join(folder, archive);
  const integrity = await digest(file);
  if (integrity !== wanted) throw new Error(`${specifier} is not the pinned one: its integrity is ${integrity}`);
  const unpacked = await capture('tar', ['xzf', file, '-C', folder]);
  if (unpacked.code !== 0) throw new Error(`${specifier} could not be unpacked: ${unpacked.output.trim()}`);
  return path.join(folder, 'package');
}

function digest(file) {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha512');
    createReadStream(file).on('data', (chunk) => hash.update(chunk)).on('error', reject).on('end', () => resolve(`sha512-${hash.digest('base64')}`));
  });
}
