import { lstatSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { OrreryError } from '../errors/index.ts';

/**
 * The folder `name` below `root`, made when it is not there (for this user only).
 *
 * @throws `outside` when the name, or a link in the place of the folder, leads out of `root`
 */
export function folderWithin(root: string, name: string): string {
  const folder = path.join(root, name);
  if (['', '.', '..'].includes(name) || path.basename(name) !== name) throw outside(name);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) throw outside(name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

const outside = (name: string): OrreryError => new OrreryError('outside', `${name} leads out of the folder of workspaces.`, { remedy: 'Remove the link of that name.' });
