import type { Clock } from '../../../base/clock/index.ts';
import type { NetworkNamespace } from '../../network/network.ts';
import type { ContainerConfig, PodSandboxConfig } from '../cri.ts';
import type { Disk } from '../filesystem/disk.ts';
import type { FileSystem} from '../filesystem/filesystem.ts';
import { FileError, ROOT, baseOf, parentOf } from '../filesystem/filesystem.ts';
import { FileTree } from '../filesystem/file-tree.ts';
import { imageLayer } from '../filesystem/image-layer.ts';
import { DirectoryNode, FileNode } from '../filesystem/inode.ts';
import type { MountPoint } from '../filesystem/mounts.ts';
import { deviceMounts, procMount, sysMounts, type Machine } from '../filesystem/special.ts';
import type { MemoryVolume } from '../filesystem/volume.ts';
import type { Image } from '../images/image.ts';
import type { ContainerWorld } from '../processes/process.ts';
import { toolsOf } from '../tools/index.ts';

/** runc cannot put a mount in its place; the message is runc's. */
export class MountFailed extends Error {}

export interface RootOptions {
  readonly image: Image;
  readonly config: ContainerConfig;
  readonly sandbox: PodSandboxConfig;
  readonly network: NetworkNamespace;
  readonly clock: Clock;
  readonly machine: Machine;
  readonly disk: Disk;
  /** /etc/hosts, /etc/hostname and /etc/resolv.conf: all containers of a Pod share them. */
  readonly shared: FileTree;
  world(): ContainerWorld;
}

/** When the images of the catalogue were built: dates that `ls -l` shows. */
const BUILT_AT = 1_755_043_200_000;

/** The writable layer over the image. Mounts come when the container starts. */
export function writableLayer({ image, clock, disk }: Pick<RootOptions, 'image' | 'clock' | 'disk'>): FileTree {
  return new FileTree({ kind: 'overlay', now: () => clock.now(), lower: imageLayer(image, toolsOf(image), BUILT_AT), onGrow: (bytes) => disk.grow(bytes) });
}

/** Puts all mounts in place, as runc does before it starts the first process. Throws {@link MountFailed}. */
export function mountAll(files: FileSystem, options: RootOptions): void {
  const { config, shared } = options;
  const all = files.as(ROOT);
  const table = files.mountTable;
  const root = table.root.root as DirectoryNode;
  const world = (): ContainerWorld => options.world();
  for (const mount of kernelMounts(world, options)) table.add(mount);
  for (const { containerPath, source, subPath, readOnly } of [...config.mounts].sort((a, b) => depth(a.containerPath) - depth(b.containerPath))) {
    const volume = source as MemoryVolume;
    const node = subPath === undefined ? volume.root : volume.below(subPath);
    prepare(root, all, containerPath, node instanceof DirectoryNode, () => failure(volume.id, containerPath, readOnly));
    table.add({ path: clean(containerPath), root: node, readOnly });
    // The machine's own /proc, /dev and /sys come along with its root: the mount is recursive.
    if (volume.id === 'host:/' && subPath === undefined) for (const mount of kernelMounts(world, options)) table.add({ ...mount, path: `${clean(containerPath)}${mount.path}` });
  }
  for (const name of ['hosts', 'hostname', 'resolv.conf']) {
    const path = `/etc/${name}`;
    if (table.at(path)) continue;
    const node = shared.root.get(name)!;
    prepare(root, all, path, false, () => path);
    table.add({ path, root: node, readOnly: false });
  }
  if (config.workingDir) makeDirectory(root, all, config.workingDir);
}

function kernelMounts(world: () => ContainerWorld, { machine, clock, config }: Pick<RootOptions, 'machine' | 'clock' | 'config'>): MountPoint[] {
  return [procMount(world, machine, clock), ...deviceMounts(world, clock), ...sysMounts(world, clock, config.securityContext.privileged)];
}

const depth = (path: string): number => path.split('/').length;
const clean = (path: string): string => path.replace(/\/+$/, '') || '/';

/** The place of a mount must be there and of the same kind. Written below the rights of anybody: it is the runtime's work. */
function prepare(root: DirectoryNode, files: FileSystem, path: string, isDirectory: boolean, message: () => string): void {
  if (files.exists(path)) {
    if (files.isDirectory(path) !== isDirectory) throw new MountFailed(message());
    return;
  }
  try {
    if (isDirectory) return makeDirectory(root, files, path);
    makeDirectory(root, files, parentOf(path));
    const parent = files.stat(parentOf(path)).node as DirectoryNode;
    parent.set(baseOf(path), new FileNode(parent.tree, { mode: 0o755, uid: 0, gid: 0, mtime: parent.tree.now() }));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new MountFailed(message());
  }
}

function makeDirectory(root: DirectoryNode, files: FileSystem, path: string): void {
  let at = '';
  for (const part of path.split('/').filter((item) => item !== '' && item !== '.')) {
    const parent = at === '' ? root : (files.stat(at).node as DirectoryNode);
    at = `${at}/${part}`;
    if (files.exists(at)) {
      if (!files.isDirectory(at)) throw new FileError('ENOTDIR');
      continue;
    }
    parent.set(part, new DirectoryNode(parent.tree, { mode: 0o755, uid: 0, gid: 0, mtime: parent.tree.now() }));
  }
}

function failure(source: string, path: string, readOnly: boolean): string {
  const host = source.startsWith('host:') ? source.slice(5) : `/var/lib/kubelet/pods/${source.replace('/', '/volumes/')}`;
  return `error mounting ${JSON.stringify(host)} to rootfs at ${JSON.stringify(path)}: mount src=${host}, dst=${path}, dstFd=/proc/thread-self/fd/11, flags=${readOnly ? 'MS_RDONLY|' : ''}MS_BIND|MS_REC: not a directory`;
}

/** The files that the kubelet and the runtime make for a sandbox. */
export function sandboxFiles(sandbox: PodSandboxConfig, network: NetworkNamespace, clock: Clock): FileTree {
  const tree = new FileTree({ kind: 'ext4', now: () => clock.now() });
  tree.file('hostname', `${sandbox.hostname}\n`);
  tree.file('hosts', hostsText(sandbox, network.addresses[0] ?? '127.0.0.1'));
  const { servers, searches, options } = sandbox.dns;
  tree.file('resolv.conf', `${searches.length > 0 ? `search ${searches.join(' ')}\n` : ''}${servers.map((server) => `nameserver ${server}\n`).join('')}${options.length > 0 ? `options ${options.join(' ')}\n` : ''}`);
  return tree;
}

/** models pkg/kubelet: ensureHostsFile */
function hostsText(sandbox: PodSandboxConfig, address: string): string {
  const aliases = sandbox.hostAliases ?? [];
  const entries = aliases.length === 0 ? '' : `\n# Entries added by HostAliases.\n${aliases.map(({ ip, hostnames }) => `${ip}\t${hostnames.join('\t')}\n`).join('')}`;
  if (sandbox.hostNetwork) return `# Kubernetes-managed hosts file (host network).\n127.0.0.1\tlocalhost\n127.0.1.1\t${sandbox.hostname}\n${entries}`;
  const names = sandbox.domain === undefined ? sandbox.hostname : `${sandbox.hostname}.${sandbox.domain}\t${sandbox.hostname}`;
  return `# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n${address}\t${names}\n${entries}`;
}

