import path from 'node:path';
import type { ClusterHostConfig } from '../../hosts/cluster-host/cluster-host.ts';
import type { PtyHostConfig } from '../../hosts/pty-host/pty-host.ts';
import { socketPath } from '../../terminal/environment.ts';

/**
 * Where the utility processes find and keep things.
 *
 * @param resources of an installed app: kubectl and helm stand beside the archive there, for they are run
 */
export function hostConfigs(root: string, data: string, resources: string | undefined): { cluster: ClusterHostConfig; terminal: PtyHostConfig } {
  const tools = resources === undefined ? path.join(root, '.cache/tools') : path.join(resources, 'tools');
  const workspaces = path.join(data, 'workspaces');
  return {
    cluster: { folders: { data, workspaces, tools, labs: path.join(root, 'labs') }, socket: socketPath(data, process.platform), workers: 2 },
    terminal: { folders: { data, tools, labCommand: path.join(root, 'out/hosts/lab.mjs'), runtime: process.execPath }, workspaces },
  };
}
