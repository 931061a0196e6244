import type { FileSystem } from '../filesystem/filesystem.ts';
import { ROOT } from '../filesystem/filesystem.ts';

function lookUp(files: FileSystem, file: string, id: number): string | undefined {
  const all = files.as(ROOT);
  if (!all.exists(file)) return undefined;
  return all.readText(file).split('\n').find((line) => line.split(':')[2] === String(id))?.split(':')[0];
}

/** Names of users and groups as the container's own files have them. */
export function userName(files: FileSystem, uid: number): string | undefined {
  return lookUp(files, '/etc/passwd', uid);
}

export function groupName(files: FileSystem, gid: number): string | undefined {
  return lookUp(files, '/etc/group', gid);
}

/** The number behind a name or a number. */
export function idOf(files: FileSystem, file: '/etc/passwd' | '/etc/group', text: string): number | undefined {
  const all = files.as(ROOT);
  const found = all.exists(file) ? all.readText(file).split('\n').find((line) => line.split(':')[0] === text)?.split(':')[2] : undefined;
  return found !== undefined ? Number(found) : /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Groups besides the own one that /etc/group gives to a user's name. */
export function memberships(files: FileSystem, name: string): number[] {
  const all = files.as(ROOT);
  if (!all.exists('/etc/group')) return [];
  return all.readText('/etc/group').split('\n').flatMap((line) => {
    const [, , gid, members = ''] = line.split(':');
    return members.split(',').includes(name) ? [Number(gid)] : [];
  });
}
