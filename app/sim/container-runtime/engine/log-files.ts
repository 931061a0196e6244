import { rfc3339Micro } from '../../../base/clock/index.ts';
import type { FileTree } from '../filesystem/file-tree.ts';
import { DeviceNode, DirectoryNode } from '../filesystem/inode.ts';
import type { Container } from './container.ts';

/** `/var/log/pods/NAMESPACE_NAME_UID/CONTAINER`, as the kubelet lays it out. */
function folderOf({ sandbox, config }: Container): string {
  return `var/log/pods/${sandbox.podNamespace}_${sandbox.podName}_${sandbox.podUid}/${config.name}`;
}

/** Shows a container's log as a file of the node, in the format of the CRI. */
export function addLogFile(host: FileTree, container: Container): void {
  const read = (): string => container.logs.lines.map(({ at, stream, bytes }) => `${rfc3339Micro(at).slice(0, -1)}000Z ${stream} ${bytes[bytes.length - 1] === 10 ? 'F' : 'P'} ${new TextDecoder().decode(bytes).replace(/\n$/, '')}\n`).join('');
  host.directory(folderOf(container)).set(`${container.config.attempt}.log`, new DeviceNode(host, { mode: 0o640, uid: 0, gid: 0, mtime: host.now() }, { read }));
  host.link(`var/log/containers/${linkOf(container)}`, `/${folderOf(container)}/${container.config.attempt}.log`);
}

function linkOf({ sandbox, config, id }: Container): string {
  return `${sandbox.podName}_${sandbox.podNamespace}_${config.name}-${id}.log`;
}

export function removeLogFile(host: FileTree, container: Container): void {
  const folder = host.directory(folderOf(container));
  const name = `${container.config.attempt}.log`;
  const links = host.directory('var/log/containers');
  if (links.get(linkOf(container))) links.delete(linkOf(container));
  if (folder.get(name)) folder.delete(name);
  if (!folder.isEmpty) return;
  const [pod, own] = [folderOf(container).split('/').slice(0, -1).join('/'), container.config.name];
  host.directory(pod).delete(own);
  if (!host.directory(pod).isEmpty) return;
  const pods = host.directory('var/log/pods');
  const folderName = pod.split('/').pop()!;
  if (pods.get(folderName) instanceof DirectoryNode) pods.delete(folderName);
}
