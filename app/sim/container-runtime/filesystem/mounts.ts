import { DirectoryNode, type Inode } from './inode.ts';
import type { FileTree } from './file-tree.ts';

/** Something mounted at a path: a directory, or a single file (subPath, /etc/hosts). */
export interface MountPoint {
  readonly path: string;
  readonly root: Inode;
  readonly readOnly: boolean;
  /** Options as mount(8) shows them, without ro/rw. */
  readonly options?: string;
}

/** The mounts of a container, in order; a later one covers an earlier one at the same path. */
export class MountTable {
  readonly #mounts = new Map<string, MountPoint>();
  readonly root: MountPoint;

  constructor(root: MountPoint) {
    this.root = root;
  }

  add(mount: MountPoint): void {
    this.#mounts.set(mount.path, mount);
  }

  remove(path: string): boolean {
    return this.#mounts.delete(path);
  }

  at(path: string): MountPoint | undefined {
    return this.#mounts.get(path);
  }

  /** The mount that holds a canonical path. */
  holding(path: string): MountPoint {
    let best = this.root;
    for (const mount of this.#mounts.values()) {
      if ((path === mount.path || path.startsWith(`${mount.path}/`)) && mount.path.length >= best.path.length) best = mount;
    }
    return best;
  }

  list(): readonly MountPoint[] {
    return [this.root, ...this.#mounts.values()];
  }
}

/** A line of /proc/mounts. */
export function mountLine({ path, root, readOnly, options }: MountPoint): string {
  const tree: FileTree = root.tree;
  const extra = options ?? defaultOptions(tree);
  return `${tree.device} ${path} ${tree.kind} ${readOnly ? 'ro' : 'rw'}${extra ? `,${extra}` : ''} 0 0`;
}

function defaultOptions(tree: FileTree): string {
  switch (tree.kind) {
    case 'overlay':
      return 'relatime,lowerdir=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/12/fs,upperdir=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/34/fs,workdir=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/34/work,uuid=on,nouserxattr';
    case 'tmpfs':
      return `relatime${tree.limit === undefined ? '' : `,size=${Math.floor(tree.limit / 1024)}k`},inode64`;
    case 'ext4':
      return 'relatime';
    default:
      return 'nosuid,nodev,noexec,relatime';
  }
}

export function isDirectory(node: Inode | undefined): node is DirectoryNode {
  return node instanceof DirectoryNode;
}
