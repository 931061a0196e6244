import type { LinuxSecurityContext } from '../cri.ts';
import type { FileSystem } from '../filesystem/filesystem.ts';
import { idOf, memberships } from '../tools/accounts.ts';

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  /** All groups, the own one too, in order. */
  readonly groups: readonly number[];
  readonly home: string;
}

/** Who the first process runs as: the Pod's word, then the image's. models containerd: WithUser, WithAdditionalGIDs */
export function userOf(files: FileSystem, imageUser: string, { runAsUser, runAsGroup, supplementalGroups, strictGroups }: LinuxSecurityContext): ContainerUser {
  const [name = '', group] = imageUser.split(':');
  const uid = runAsUser ?? (name === '' ? 0 : (idOf(files, '/etc/passwd', name) ?? 0));
  const entry = files.exists('/etc/passwd') ? files.readText('/etc/passwd').split('\n').find((line) => line.split(':')[2] === String(uid))?.split(':') : undefined;
  const gid = runAsGroup ?? (runAsUser === undefined && group !== undefined ? (idOf(files, '/etc/group', group) ?? 0) : entry ? Number(entry[3]) : 0);
  const fromImage = strictGroups || !entry ? [] : memberships(files, entry[0]!);
  const groups = [...new Set([gid, ...fromImage, ...supplementalGroups])].sort((a, b) => a - b);
  return { uid, gid, groups, home: entry?.[5] || '/' };
}
