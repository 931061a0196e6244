import { DirectoryNode, FileNode, LinkNode, type Attributes } from './inode.ts';
import type { Image } from '../images/image.ts';
import { FileError } from './errors.ts';

export type TreeKind = 'overlay' | 'ext4' | 'tmpfs' | 'proc' | 'sysfs' | 'cgroup2' | 'devpts' | 'mqueue';

export interface TreeOptions {
  readonly kind: TreeKind;
  /** What mount(8) shows as the source. */
  readonly device?: string;
  now(): number;
  /** Bytes that fit; absent: as many as the disk below. */
  readonly limit?: number;
  /** Is told of every growth first and may refuse it: memory of a cgroup, space of the node's disk. */
  readonly onGrow?: (bytes: number) => void;
  readonly lower?: DirectoryNode;
  /** Whose programs it holds, when it is the root of a machine. */
  readonly image?: Image;
  readonly mode?: number;
}

/** One file system: a root, what it holds in bytes, and how much it may hold. */
export class FileTree {
  readonly kind: TreeKind;
  readonly device: string;
  readonly root: DirectoryNode;
  readonly now: () => number;
  readonly image: Image | undefined;
  limit: number | undefined;
  #onGrow: ((bytes: number) => void) | undefined;
  #used = 0;

  constructor(options: TreeOptions) {
    this.kind = options.kind;
    this.device = options.device ?? (options.kind === 'ext4' ? '/dev/sda1' : options.kind);
    this.now = () => options.now();
    this.limit = options.limit;
    this.image = options.image;
    this.#onGrow = options.onGrow;
    const attributes = options.lower ?? { mode: options.mode ?? 0o755, uid: 0, gid: 0, mtime: options.now() };
    this.root = new DirectoryNode(this, attributes, options.lower);
  }

  get used(): number {
    return this.#used;
  }

  /** Counts bytes that come or go. Throws ENOSPC when they do not fit. */
  account(bytes: number): void {
    if (bytes > 0 && this.limit !== undefined && this.#used + bytes > this.limit) throw new FileError('ENOSPC');
    this.#onGrow?.(bytes);
    this.#used += bytes;
  }

  /** How many bytes still fit. */
  get left(): number {
    return this.limit === undefined ? Infinity : this.limit - this.#used;
  }

  /** The directory at a path of this tree, made with its parents where missing. */
  directory(path: string, attributes: Partial<Attributes> = {}): DirectoryNode {
    let current = this.root;
    let at = '';
    for (const part of path.split('/').filter(Boolean)) {
      let next = current.get(part);
      if (next instanceof LinkNode) next = this.directory(next.target.startsWith('/') ? next.target : `${at}/${next.target}`);
      at = `${at}/${part}`;
      if (!next) {
        next = new DirectoryNode(this, this.#attributes(0o755, attributes));
        current.set(part, next);
      }
      if (!(next instanceof DirectoryNode)) throw new FileError('ENOTDIR');
      current = next;
    }
    return current;
  }

  /** Puts a file at a path of this tree. */
  file(path: string, content: string | Uint8Array, attributes: Partial<Attributes> = {}): FileNode {
    const parts = path.split('/').filter(Boolean);
    const name = parts.pop()!;
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const node = new FileNode(this, this.#attributes(0o644, attributes), bytes);
    this.account(bytes.length);
    this.directory(parts.join('/')).set(name, node);
    return node;
  }

  link(path: string, target: string): void {
    const parts = path.split('/').filter(Boolean);
    const name = parts.pop()!;
    this.directory(parts.join('/')).set(name, new LinkNode(this, this.#attributes(0o777, {}), target));
  }

  #attributes(mode: number, given: Partial<Attributes>): Attributes {
    return { mode, uid: 0, gid: 0, mtime: this.now(), ...given };
  }
}
