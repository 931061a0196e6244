import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeWhole } from '../base/files/index.ts';
import { folderWithin } from '../base/files/within.ts';

/**
 * Lays a chapter's files out in the folder where the learner works. What the learner changed stays, unless `fresh`. Each file
 * is written whole: after a disk was full, none stands there half and is then taken for the learner's own.
 * A link in the place of a folder is refused: nothing is written outside.
 */
export function layOutFiles(shipped: string, workspace: string, fresh: boolean): void {
  folderWithin(path.dirname(workspace), path.basename(workspace));
  if (!existsSync(shipped)) return;
  for (const entry of readdirSync(shipped, { withFileTypes: true })) {
    const [from, to] = [path.join(shipped, entry.name), path.join(workspace, entry.name)];
    if (entry.isDirectory()) layOutFiles(from, to, fresh);
    else if (fresh || !existsSync(to)) writeWhole(to, readFileSync(from), { mode: 0o644 });
  }
}
