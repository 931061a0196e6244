import type { Program } from '../processes/process.ts';
import { Content } from './content.ts';
import { FileError } from './errors.ts';
import type { FileTree } from './file-tree.ts';

export type NodeType = 'file' | 'directory' | 'link' | 'device' | 'socket' | 'pipe';

/** What every entry of a file system has. */
export interface Attributes {
  mode: number;
  uid: number;
  gid: number;
  mtime: number;
}

let nextInode = 100;

export abstract class Inode implements Attributes {
  abstract readonly type: NodeType;
  readonly tree: FileTree;
  readonly number = nextInode++;
  mode: number;
  uid: number;
  gid: number;
  mtime: number;
  links = 1;

  constructor(tree: FileTree, { mode, uid, gid, mtime }: Attributes) {
    this.tree = tree;
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    this.mtime = mtime;
  }
}

export class FileNode extends Inode {
  readonly type = 'file' as const;
  #content: Content;
  /** What runs when the file is executed; undefined for scripts and data. */
  readonly program: Program | undefined;

  constructor(tree: FileTree, attributes: Attributes, content?: Uint8Array | Content, program?: Program) {
    super(tree, attributes);
    this.#content = content instanceof Content ? content : new Content(content);
    this.program = program;
  }

  get size(): number {
    return this.#content.size;
  }

  get content(): Content {
    return this.#content;
  }

  bytes(): Uint8Array {
    return this.#content.bytes();
  }

  append(bytes: Uint8Array): void {
    this.tree.account(bytes.length);
    this.#content.append(bytes);
    this.mtime = this.tree.now();
  }

  writeAt(position: number, bytes: Uint8Array): void {
    this.tree.account(Math.max(0, position + bytes.length - this.size));
    this.#content.writeAt(position, bytes);
    this.mtime = this.tree.now();
  }

  truncate(size: number): void {
    this.tree.account(size - this.size);
    this.#content.truncate(size);
    this.mtime = this.tree.now();
  }

  /** A copy for an upper layer. */
  copyTo(tree: FileTree): FileNode {
    const content = new Content();
    for (const chunk of this.#content.chunks()) content.append(chunk);
    tree.account(this.size);
    return new FileNode(tree, this, content, this.program);
  }
}

export class LinkNode extends Inode {
  readonly type = 'link' as const;
  readonly target: string;

  constructor(tree: FileTree, attributes: Attributes, target: string) {
    super(tree, attributes);
    this.target = target;
  }
}

/** A file whose bytes are made when it is read, or that swallows what is written: /proc, /sys, /dev. */
export class DeviceNode extends Inode {
  readonly type: 'device' | 'file';
  readonly device: { readonly major: number; readonly minor: number } | undefined;
  readonly read: () => Uint8Array;
  /** Chunks without end, as of /dev/zero. */
  readonly endless: ((length: number) => Uint8Array) | undefined;
  readonly write: ((bytes: Uint8Array) => void) | undefined;

  constructor(tree: FileTree, attributes: Attributes, options: { read?: () => string | Uint8Array; endless?: (length: number) => Uint8Array; write?: (bytes: Uint8Array) => void; device?: { major: number; minor: number } }) {
    super(tree, attributes);
    this.type = options.device ? 'device' : 'file';
    this.device = options.device;
    this.read = () => {
      const made = options.read?.() ?? '';
      return typeof made === 'string' ? new TextEncoder().encode(made) : made;
    };
    this.endless = options.endless;
    this.write = options.write;
  }
}

/** A named end of a socket: it is there, nothing more. */
export class SocketNode extends Inode {
  readonly type: 'socket' | 'pipe';

  constructor(tree: FileTree, attributes: Attributes, type: 'socket' | 'pipe' = 'socket') {
    super(tree, attributes);
    this.type = type;
  }
}

/**
 * A directory; over a `lower` one it is an overlay: what is not here is seen there, what was removed is whited out, and what
 * is about to change is copied up. The lower one is shared by all containers of the image and never changed.
 */
export class DirectoryNode extends Inode {
  readonly type = 'directory' as const;
  readonly #entries = new Map<string, Inode>();
  readonly #lower: DirectoryNode | undefined;
  #whiteouts: Set<string> | undefined;
  readonly #watchers = new Set<() => void>();

  constructor(tree: FileTree, attributes: Attributes, lower?: DirectoryNode) {
    super(tree, attributes);
    this.#lower = lower;
  }

  get(name: string): Inode | undefined {
    const own = this.#entries.get(name);
    if (own || !this.#lower || this.#whiteouts?.has(name)) return own;
    const below = this.#lower.get(name);
    if (!(below instanceof DirectoryNode)) return below;
    const upper = new DirectoryNode(this.tree, below, below);
    this.#entries.set(name, upper);
    return upper;
  }

  /** The entry, owned by this layer, so that it may be changed. */
  getOwn(name: string): Inode | undefined {
    const found = this.get(name);
    if (!(found instanceof FileNode) || found.tree === this.tree) return found;
    const copy = found.copyTo(this.tree);
    this.#entries.set(name, copy);
    return copy;
  }

  set(name: string, node: Inode): void {
    this.#entries.set(name, node);
    this.#whiteouts?.delete(name);
    this.#changed();
  }

  delete(name: string): void {
    const node = this.get(name);
    if (!node) throw new FileError('ENOENT');
    if (node instanceof FileNode && node.tree === this.tree && --node.links === 0) this.tree.account(-node.size);
    this.#entries.delete(name);
    if (this.#lower?.get(name)) (this.#whiteouts ??= new Set()).add(name);
    this.#changed();
  }

  /** Takes an entry out without counting its bytes as freed: a rename. */
  take(name: string): void {
    this.#entries.delete(name);
    if (this.#lower?.get(name)) (this.#whiteouts ??= new Set()).add(name);
    this.#changed();
  }

  names(): string[] {
    if (!this.#lower) return [...this.#entries.keys()].sort();
    const below = this.#lower.names().filter((name) => !this.#whiteouts?.has(name));
    return [...new Set([...below, ...this.#entries.keys()])].sort();
  }

  get isEmpty(): boolean {
    return this.names().length === 0;
  }

  /** Calls back when an entry comes, goes or changes. models inotify */
  watch(callback: () => void): { dispose(): void } {
    this.#watchers.add(callback);
    return { dispose: () => void this.#watchers.delete(callback) };
  }

  /** An entry's content changed. */
  touched(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #changed(): void {
    this.mtime = this.tree.now();
    this.touched();
  }
}

/** A directory whose entries are made when they are looked at: /proc. */
export class VirtualDirectory extends DirectoryNode {
  readonly #list: () => readonly string[];
  readonly #find: (name: string) => Inode | undefined;

  constructor(tree: FileTree, attributes: Attributes, options: { list: () => readonly string[]; find: (name: string) => Inode | undefined }) {
    super(tree, attributes);
    this.#list = options.list;
    this.#find = options.find;
  }

  override get(name: string): Inode | undefined {
    return this.#find(name);
  }

  override getOwn(name: string): Inode | undefined {
    return this.#find(name);
  }

  override set(): never {
    throw new FileError('EPERM');
  }

  override delete(): never {
    throw new FileError('EPERM');
  }

  override names(): string[] {
    return [...this.#list()];
  }
}
