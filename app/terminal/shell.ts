import { accessSync, constants } from 'node:fs';
import path from 'node:path';

export interface Shell {
  readonly file: string;
  readonly name: string;
  /** Set when it is not the one the learner uses. */
  readonly remark?: string;
}

const FALLBACKS = ['/bin/bash', '/usr/bin/bash', '/bin/zsh', '/bin/sh'];

/** The learner's own shell; otherwise the first that exists, with a remark. @throws when there is none at all */
export function findShell(environment: Readonly<Record<string, string | undefined>>, platform: string, isExecutable: (file: string) => boolean = canExecute): Shell {
  if (platform === 'win32') {
    const file = 'powershell.exe';
    return { file, name: file };
  }
  const own = environment['SHELL'];
  if (own && isExecutable(own)) return { file: own, name: path.basename(own) };
  const found = FALLBACKS.find(isExecutable);
  if (!found) throw new Error('There is no shell on this machine: neither $SHELL nor bash, zsh or sh can be started.');
  return { file: found, name: path.basename(found), ...(own ? { remark: `Your shell ${own} could not be started, so this is ${path.basename(found)}.` } : {}) };
}

function canExecute(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
