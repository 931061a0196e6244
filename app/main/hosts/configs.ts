import path from 'node:path';
import type { ClusterHostConfig } from '../../hosts/cluster-host/cluster-host.ts';
import type { PtyHostConfig } from '../../hosts/pty-host/pty-host.ts';
import { socketPath } from '../../terminal/environment.ts';

/** Where the utility processes find and keep things. */
export function hostConfigs(root: string, data: string): { cluster: ClusterHostConfig; terminal: PtyHostConfig } {
  const tools = path.join(root, '.cache/tools');
  const workspaces = path.join(data, 'workspaces');
  return {
    cluster: { folders: { data, workspaces, tools, labs: path.join(root, 'labs') }, socket: socketPath(data, process.platform), workers: 2 },
    terminal: { folders: { data, tools, labCommand: path.join(root, 'out/hosts/lab.mjs'), runtime: process.execPath }, workspaces },
  };
}
