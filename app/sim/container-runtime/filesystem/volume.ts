import { rfc3339 } from '../../../base/clock/index.ts';
import type { HostPathType, VolumeDirectory, VolumeOptions, VolumeStore } from '../cri.ts';
import type { Image } from '../images/image.ts';
import { Disk } from './disk.ts';
import { FileError } from './errors.ts';
import { FileTree } from './file-tree.ts';
import { DeviceNode, DirectoryNode, FileNode, LinkNode, SocketNode, type Inode } from './inode.ts';
import { normalize } from './path.ts';

export interface FileEntry {
  readonly content: Uint8Array;
  readonly mode: number;
}

/** A directory (or one file) that containers mount. */
export class MemoryVolume implements VolumeDirectory {
  readonly id: string;
  readonly kind: 'disk' | 'memory';
  readonly #root: () => Inode;

  constructor(id: string, kind: 'disk' | 'memory', root: () => Inode) {
    this.id = id;
    this.kind = kind;
    this.#root = root;
  }

  get root(): Inode {
    return this.#root();
  }

  usedBytes(): number {
    return this.root.tree.used;
  }

  /**
   * Puts files in place all at once: they live in a folder named after the time, `..data` points at it, and each name at the
   * top points through `..data`. models pkg/volume/util: AtomicWriter
   */
  replaceAll(files: Readonly<Record<string, FileEntry>>, owner: { uid?: number; gid?: number } = {}): void {
    const root = this.#directory();
    const { tree } = root;
    if (this.#same(files)) return;
    const now = tree.now();
    const stamp = `..${rfc3339(now).slice(0, 19).replace(/[-:]/g, '_').replace('T', '_')}.${String((now * 7_919) % 4_294_967_296).padStart(10, '0')}`;
    const attributes = { uid: owner.uid ?? 0, gid: owner.gid ?? root.gid, mtime: now };
    const folder = new DirectoryNode(tree, { ...attributes, mode: 0o755 });
    for (const [path, { content, mode }] of Object.entries(files)) {
      const parts = path.split('/').filter(Boolean);
      const name = parts.pop()!;
      let directory = folder;
      for (const part of parts) {
        const known = directory.get(part);
        const next = known instanceof DirectoryNode ? known : new DirectoryNode(tree, { ...attributes, mode: 0o755 });
        if (next !== known) directory.set(part, next);
        directory = next;
      }
      directory.set(name, new FileNode(tree, { ...attributes, mode }, content));
    }
    const before = root.get('..data');
    const tops = new Set(Object.keys(files).map((path) => path.split('/').filter(Boolean)[0]!));
    const link = (target: string): LinkNode => new LinkNode(tree, { ...attributes, mode: 0o777 }, target);
    root.set(stamp, folder);
    root.set('..data', link(stamp));
    for (const top of tops) if (!root.get(top)) root.set(top, link(`..data/${top}`));
    for (const name of root.names()) if (!name.startsWith('..') && !tops.has(name)) root.delete(name);
    if (before instanceof LinkNode && before.target !== stamp && root.get(before.target)) root.delete(before.target);
  }

  /** All files as they are now, by path. */
  files(): Record<string, Uint8Array> {
    const found: Record<string, Uint8Array> = {};
    const walk = (directory: DirectoryNode, prefix: string): void => {
      for (const name of directory.names()) {
        const node = directory.get(name)!;
        if (node instanceof DirectoryNode) walk(node, `${prefix}${name}/`);
        else if (node instanceof FileNode) found[`${prefix}${name}`] = node.bytes();
      }
    };
    const { root } = this;
    if (root instanceof DirectoryNode) walk(root, '');
    return found;
  }

  /** models pkg/volume: SetVolumeOwnership */
  setGroup(gid: number, readOnly = false): void {
    const give = (node: Inode): void => {
      node.gid = gid;
      if (node instanceof DirectoryNode) {
        node.mode |= readOnly ? 0o2550 : 0o2770;
        for (const name of node.names()) give(node.get(name)!);
      } else if (node instanceof FileNode) node.mode |= readOnly ? 0o440 : 0o660;
    };
    give(this.root);
  }

  /** The inode below the root that a subPath names; missing directories are made. Throws what mkdir would. */
  below(subPath: string): Inode {
    let node = this.root;
    for (const part of normalize(subPath).split('/').filter(Boolean)) {
      if (!(node instanceof DirectoryNode)) throw new FileError('ENOTDIR');
      let next = node.get(part);
      while (next instanceof LinkNode) next = this.#follow(node, next.target);
      if (!next) {
        next = new DirectoryNode(node.tree, { mode: 0o755 | (node.mode & 0o2000), uid: 0, gid: node.mode & 0o2000 ? node.gid : 0, mtime: node.tree.now() });
        node.set(part, next);
      }
      node = next;
    }
    return node;
  }

  readText(): string {
    const { root } = this;
    return root instanceof FileNode ? new TextDecoder().decode(root.bytes()) : '';
  }

  /** Where a link of this volume leads, links on the way included. */
  #follow(from: DirectoryNode, target: string): Inode | undefined {
    let node: Inode | undefined = from;
    for (const part of target.split('/').filter(Boolean)) {
      if (!(node instanceof DirectoryNode)) return undefined;
      const next: Inode | undefined = node.get(part);
      node = next instanceof LinkNode ? this.#follow(node, next.target) : next;
    }
    return node;
  }

  #same(files: Readonly<Record<string, FileEntry>>): boolean {
    const data = this.#directory().get('..data');
    if (!(data instanceof LinkNode)) return false;
    const current = this.#directory().get(data.target);
    if (!(current instanceof DirectoryNode)) return false;
    const known: Record<string, string> = {};
    const walk = (directory: DirectoryNode, prefix: string): void => {
      for (const name of directory.names()) {
        const node = directory.get(name)!;
        if (node instanceof DirectoryNode) walk(node, `${prefix}${name}/`);
        else if (node instanceof FileNode) known[`${prefix}${name}`] = Buffer.from(node.bytes()).toString('latin1');
      }
    };
    walk(current, '');
    const wanted = Object.entries(files);
    return wanted.length === Object.keys(known).length && wanted.every(([path, { content }]) => known[path.replace(/^\/+/, '')] === Buffer.from(content).toString('latin1'));
  }

  #directory(): DirectoryNode {
    const { root } = this;
    if (!(root instanceof DirectoryNode)) throw new FileError('ENOTDIR');
    return root;
  }
}

/** The volumes and the own files of one node. `hostPath` volumes are places of the node's own file system. */
export class MemoryVolumeStore implements VolumeStore {
  readonly #volumes = new Map<string, MemoryVolume>();
  readonly #now: () => number;
  readonly disk: Disk;
  /** The node's own files: `/etc/kubernetes/manifests/…`. */
  readonly host: FileTree;

  /** Of all nodes of the cluster. */
  readonly #shared: Map<string, MemoryVolume>;

  constructor(options: { now: () => number; disk?: Disk; shared?: Map<string, MemoryVolume>; root?: { readonly image: Image; readonly lower: DirectoryNode } }) {
    this.#now = options.now;
    this.#shared = options.shared ?? new Map();
    this.disk = options.disk ?? new Disk();
    this.host = new FileTree({ kind: 'ext4', now: this.#now, ...options.root, onGrow: (bytes) => this.disk.grow(bytes) });
    for (const path of [...(options.root ? [] : ['bin', 'lib', 'sbin']), 'boot', 'dev', 'etc/kubernetes', 'home', 'mnt', 'opt', 'proc', 'root', 'run', 'srv', 'sys', 'usr/bin', 'usr/lib', 'usr/local', 'usr/share', 'var/lib/kubelet/pods', 'var/lib/containerd', 'var/log/pods', 'var/log/containers', 'var/run']) this.host.directory(path);
    this.host.directory('tmp').mode = 0o1777;
  }

  create(id: string, kind: 'disk' | 'memory', { limitBytes, mode = 0o777 }: VolumeOptions = {}): MemoryVolume {
    const known = this.#volumes.get(id);
    if (known) return known;
    const tree = new FileTree({ kind: kind === 'memory' ? 'tmpfs' : 'ext4', now: this.#now, mode, ...(limitBytes === undefined ? {} : { limit: limitBytes }), ...(kind === 'disk' ? { onGrow: (bytes: number) => this.disk.grow(bytes) } : {}) });
    return this.#keep(new MemoryVolume(id, kind, () => tree.root));
  }

  createFile(id: string, content = ''): MemoryVolume {
    const known = this.#volumes.get(id);
    if (known) return known;
    const tree = new FileTree({ kind: 'ext4', now: this.#now });
    const file = tree.file('file', content, { mode: 0o666 });
    return this.#keep(new MemoryVolume(id, 'disk', () => file));
  }

  createShared(name: string): MemoryVolume {
    const known = this.#shared.get(name);
    if (known) return known;
    const tree = new FileTree({ kind: 'ext4', device: '/dev/sdb', now: this.#now });
    const volume = new MemoryVolume(`shared/${name}`, 'disk', () => tree.root);
    this.#shared.set(name, volume);
    return volume;
  }

  get(id: string): MemoryVolume | undefined {
    return this.#volumes.get(id);
  }

  remove(id: string): void {
    const volume = this.#volumes.get(id);
    if (volume?.kind === 'disk') this.disk.grow(-volume.usedBytes());
    this.#volumes.delete(id);
  }

  hostPath(path: string): { directory: MemoryVolume; type: HostPathType } {
    const found = this.#find(path);
    const volume = new MemoryVolume(`host:${normalize(path)}`, 'disk', () => this.#find(path) ?? this.host.directory(normalize(path)));
    return { directory: volume, type: typeOf(found) };
  }

  makeHostPath(path: string, type: 'directory' | 'file'): MemoryVolume {
    if (!this.#find(path)) {
      if (type === 'directory') this.host.directory(normalize(path));
      else {
        if (!this.#find(`${normalize(path)}/..`)) throw new FileError('ENOENT');
        this.host.file(normalize(path), '');
      }
    }
    return this.hostPath(path).directory;
  }

  readHost(directory: string): Record<string, string> {
    const node = this.#find(directory);
    if (!(node instanceof DirectoryNode)) return {};
    return Object.fromEntries(node.names().flatMap((name) => {
      const file = node.get(name);
      return file instanceof FileNode ? [[name, new TextDecoder().decode(file.bytes())]] : [];
    }));
  }

  watchHost(directory: string, callback: () => void): { dispose(): void } {
    return this.host.directory(directory).watch(callback);
  }

  #find(path: string): Inode | undefined {
    let node: Inode | undefined = this.host.root;
    for (const part of normalize(path).split('/').filter(Boolean)) {
      node = node instanceof DirectoryNode ? node.get(part) : undefined;
      if (node instanceof LinkNode) node = this.#find(node.target);
    }
    return node;
  }

  #keep(volume: MemoryVolume): MemoryVolume {
    this.#volumes.set(volume.id, volume);
    return volume;
  }
}

function typeOf(node: Inode | undefined): HostPathType {
  if (!node) return 'absent';
  if (node instanceof DirectoryNode) return 'directory';
  if (node instanceof SocketNode) return 'socket';
  return node instanceof DeviceNode && node.device ? 'char-device' : 'file';
}
