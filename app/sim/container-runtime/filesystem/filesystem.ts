import { FileError } from './errors.ts';
import type { FileTree } from './file-tree.ts';
import { DeviceNode, DirectoryNode, FileNode, LinkNode, SocketNode, type Attributes, type Inode } from './inode.ts';
import { MountTable, type MountPoint } from './mounts.ts';
import { baseOf, join, normalize } from './path.ts';

export { FileError } from './errors.ts';
export { baseOf, join, normalize, parentOf } from './path.ts';

/** Who looks at files. `override`: CAP_DAC_OVERRIDE and CAP_FOWNER; `chown`: CAP_CHOWN. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly override: boolean;
  readonly chown: boolean;
}

export const ROOT: Credentials = { uid: 0, gid: 0, groups: [], override: true, chown: true };

/** Where a path leads. `node` is absent when the last part does not exist. */
interface Located {
  readonly node: Inode | undefined;
  readonly parent: DirectoryNode;
  readonly name: string;
  /** Without symbolic links. */
  readonly path: string;
  readonly mount: MountPoint;
}

export interface Stat extends Attributes {
  readonly type: Inode['type'];
  readonly size: number;
  readonly inode: number;
  readonly links: number;
  readonly target?: string;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly node: Inode;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const READ = 4;
const WRITE = 2;
const EXECUTE = 1;

/**
 * What a container sees as its files, with the rights of its user.
 *
 * ```
 *   mounts            ── volumes, shared with other containers; /proc, /dev, /sys
 *   writable layer    ── what this container changed; removed files are whiteouts
 *   image layer       ── shared by all containers of the image, never changed
 * ```
 */
export class FileSystem {
  readonly mountTable: MountTable;
  readonly credentials: Credentials;
  umask = 0o022;
  readonly #tree: FileTree;

  constructor(tree: FileTree, mounts: MountTable, credentials: Credentials = ROOT) {
    this.#tree = tree;
    this.mountTable = mounts;
    this.credentials = credentials;
  }

  static over(tree: FileTree, readOnlyRoot: boolean, credentials: Credentials = ROOT): FileSystem {
    return new FileSystem(tree, new MountTable({ path: '/', root: tree.root, readOnly: readOnlyRoot }), credentials);
  }

  /** The same files with other rights. */
  as(credentials: Credentials): FileSystem {
    return new FileSystem(this.#tree, this.mountTable, credentials);
  }

  /** The same files as seen from a directory of theirs that becomes the root, with what is mounted below it. */
  under(path: string): FileSystem {
    const { node, path: real } = this.#locate(path, true);
    if (!node) throw new FileError('ENOENT');
    if (!(node instanceof DirectoryNode)) throw new FileError('ENOTDIR');
    const mounts = new MountTable({ path: '/', root: node, readOnly: this.mountTable.holding(real).readOnly });
    for (const mount of this.mountTable.list()) if (mount.path.startsWith(`${real}/`)) mounts.add({ ...mount, path: mount.path.slice(real.length) });
    return new FileSystem(node.tree, mounts, this.credentials);
  }

  /** Bytes that this container wrote outside of volumes. */
  get usedBytes(): number {
    return this.#tree.used;
  }

  mounts(): readonly MountPoint[] {
    return this.mountTable.list();
  }

  // ── looking ──

  readText(path: string): string {
    return decoder.decode(this.read(path));
  }

  read(path: string): Uint8Array {
    const node = this.#open(path, READ);
    if (node instanceof DirectoryNode) throw new FileError('EISDIR');
    if (node instanceof DeviceNode) return node.read();
    return node instanceof FileNode ? node.bytes() : new Uint8Array();
  }

  /** The inode behind a path, for those who read in pieces. */
  open(path: string): Inode {
    return this.#open(path, READ);
  }

  exists(path: string): boolean {
    return this.#quiet(path) !== undefined;
  }

  isFile(path: string): boolean {
    const node = this.#quiet(path);
    return node !== undefined && node.type === 'file';
  }

  isDirectory(path: string): boolean {
    return this.#quiet(path) instanceof DirectoryNode;
  }

  /** Names in a directory, sorted. */
  list(path: string): string[] {
    const node = this.#open(path, READ);
    if (!(node instanceof DirectoryNode)) throw new FileError('ENOTDIR');
    return node.names();
  }

  stat(path: string): Stat {
    const { node } = this.#locate(path, true);
    if (!node) throw new FileError('ENOENT');
    return statOf(node);
  }

  lstat(path: string): Stat {
    const { node } = this.#locate(path, false);
    if (!node) throw new FileError('ENOENT');
    return statOf(node);
  }

  /** The path without symbolic links. */
  realPath(path: string): string {
    const located = this.#locate(path, true);
    if (!located.node) throw new FileError('ENOENT');
    return located.path;
  }

  readLink(path: string): string {
    const { node } = this.#locate(path, false);
    if (!node) throw new FileError('ENOENT');
    if (!(node instanceof LinkNode)) throw new FileError('EINVAL');
    return node.target;
  }

  /** access(2): may this user read (4), write (2), execute (1)? */
  may(path: string, wanted: number): boolean {
    try {
      const { node, mount } = this.#locate(path, true);
      if (!node || ((wanted & WRITE) !== 0 && mount.readOnly && node.type !== 'device')) return false;
      return this.#allowed(node, wanted);
    } catch {
      return false;
    }
  }

  mountOf(path: string): MountPoint {
    return this.mountTable.holding(this.realPath(path));
  }

  // ── changing ──

  write(path: string, content: string | Uint8Array, append = false): void {
    const file = this.openForWrite(path, append ? 'append' : 'truncate');
    file.write(typeof content === 'string' ? encoder.encode(content) : content);
  }

  /** Opens a file to write; makes it when it is not there. `keep`: neither truncates nor appends. */
  openForWrite(path: string, how: 'truncate' | 'append' | 'keep', mode = 0o666): OpenFile {
    const located = this.#locate(path, true);
    if (located.node instanceof DirectoryNode || (path.endsWith('/') && !located.node)) throw new FileError('EISDIR');
    if (located.node instanceof DeviceNode) {
      if (!this.#allowed(located.node, WRITE)) throw new FileError('EACCES');
      return new OpenFile(located.node, located.parent, 0);
    }
    if (located.mount.readOnly) throw new FileError('EROFS');
    const known = located.node && this.#own(located);
    if (known && !this.#allowed(known, WRITE)) throw new FileError('EACCES');
    if (known && !(known instanceof FileNode)) throw new FileError('EINVAL');
    const node = known ?? this.#create(located, (attributes, tree) => new FileNode(tree, attributes), mode);
    if (how === 'truncate' && node.size > 0) node.truncate(0);
    return new OpenFile(node, located.parent, how === 'append' ? node.size : 0);
  }

  makeDirectory(path: string, mode = 0o777): void {
    const located = this.#locate(path.replace(/(.)\/+$/, '$1'), false);
    if (located.node) throw new FileError('EEXIST');
    this.#create(located, (attributes, tree) => new DirectoryNode(tree, attributes), mode);
  }

  /** With all missing parents. */
  makeDirectories(path: string, mode = 0o777): void {
    const steps = normalize(path).split('/').filter(Boolean);
    for (let i = 1; i <= steps.length; i++) {
      const step = `/${steps.slice(0, i).join('/')}`;
      if (!this.isDirectory(step)) this.makeDirectory(step, mode);
    }
  }

  symlink(target: string, path: string): void {
    const located = this.#locate(path, false);
    if (located.node) throw new FileError('EEXIST');
    this.#create(located, (attributes, tree) => new LinkNode(tree, { ...attributes, mode: 0o777 }, target), 0o777);
  }

  makeSocket(path: string, type: 'socket' | 'pipe' = 'socket'): void {
    const located = this.#locate(path, false);
    if (located.node) throw new FileError('EEXIST');
    this.#create(located, (attributes, tree) => new SocketNode(tree, attributes, type), 0o777);
  }

  /** A second name for a file. */
  link(existing: string, path: string): void {
    const from = this.#locate(existing, false);
    if (!from.node) throw new FileError('ENOENT');
    if (from.node instanceof DirectoryNode) throw new FileError('EPERM');
    const to = this.#locate(path, false);
    if (to.node) throw new FileError('EEXIST');
    if (to.mount.root.tree !== from.mount.root.tree) throw new FileError('EXDEV');
    this.#mayChange(to);
    const node = this.#own(from)!;
    node.links++;
    to.parent.set(to.name, node);
  }

  removeFile(path: string): void {
    const located = this.#locate(path, false);
    if (!located.node) throw new FileError('ENOENT');
    if (located.node instanceof DirectoryNode) throw new FileError('EISDIR');
    this.#remove(located);
  }

  removeDirectory(path: string): void {
    const located = this.#locate(path, false);
    if (!located.node) throw new FileError('ENOENT');
    if (!(located.node instanceof DirectoryNode)) throw new FileError('ENOTDIR');
    if (this.mountTable.at(located.path)) throw new FileError('EBUSY');
    if (!located.node.isEmpty) throw new FileError('ENOTEMPTY');
    this.#remove(located);
  }

  removeTree(path: string): void {
    const { node } = this.#locate(path, false);
    if (!(node instanceof DirectoryNode)) return this.removeFile(path);
    for (const name of this.list(path)) this.removeTree(join(path, name));
    this.removeDirectory(path);
  }

  rename(from: string, to: string): void {
    const source = this.#locate(from, false);
    if (!source.node) throw new FileError('ENOENT');
    const target = this.#locate(to, false);
    if (this.mountTable.at(source.path) || this.mountTable.at(target.path)) throw new FileError('EBUSY');
    if (source.mount !== target.mount) throw new FileError('EXDEV');
    if (target.path.startsWith(`${source.path}/`)) throw new FileError('EINVAL');
    if (target.node instanceof DirectoryNode && !(source.node instanceof DirectoryNode)) throw new FileError('EISDIR');
    if (target.node instanceof DirectoryNode && !target.node.isEmpty) throw new FileError('ENOTEMPTY');
    if (source.node === target.node) return;
    this.#mayChange(source);
    this.#mayChange(target);
    const node = this.#own(source)!;
    source.parent.take(source.name);
    if (target.node) target.parent.delete(target.name);
    target.parent.set(target.name, node);
  }

  changeMode(path: string, mode: number): void {
    const node = this.#ownNode(path, true);
    if (!this.credentials.override && node.uid !== this.credentials.uid) throw new FileError('EPERM');
    node.mode = mode;
  }

  changeOwner(path: string, uid: number | undefined, gid: number | undefined, follow = true): void {
    const { node } = this.#locate(path, follow);
    if (!node) throw new FileError('ENOENT');
    const { credentials } = this;
    const toOwnGroup = (uid === undefined || uid === node.uid) && node.uid === credentials.uid && (gid === undefined || [credentials.gid, ...credentials.groups].includes(gid));
    if (!credentials.chown && !toOwnGroup) throw new FileError('EPERM');
    const own = this.#ownNode(path, follow);
    own.uid = uid ?? own.uid;
    own.gid = gid ?? own.gid;
  }

  /** Sets the time of the last change. */
  touch(path: string, mtime: number): void {
    this.#ownNode(path, true).mtime = mtime;
  }

  // ── inside ──

  #quiet(path: string): Inode | undefined {
    try {
      return this.#locate(path, true).node;
    } catch {
      return undefined;
    }
  }

  #open(path: string, wanted: number): Inode {
    const { node } = this.#locate(path, true);
    if (!node) throw new FileError('ENOENT');
    if (!this.#allowed(node, wanted)) throw new FileError('EACCES');
    return node;
  }

  #ownNode(path: string, follow: boolean): Inode {
    const located = this.#locate(path, follow);
    if (!located.node) throw new FileError('ENOENT');
    if (located.mount.readOnly) throw new FileError('EROFS');
    return this.#own(located)!;
  }

  /** The node in the writable layer: copied up when it is the image's. */
  #own({ node, parent, name, path }: Located): Inode | undefined {
    if (this.mountTable.at(path) || path === '/') return node;
    return parent.getOwn(name);
  }

  #allowed(node: Inode, wanted: number): boolean {
    const { uid, gid, groups, override } = this.credentials;
    if (override) return wanted !== EXECUTE || node instanceof DirectoryNode || (node.mode & 0o111) !== 0;
    const shift = node.uid === uid ? 6 : node.gid === gid || groups.includes(node.gid) ? 3 : 0;
    return ((node.mode >> shift) & wanted) === wanted;
  }

  #mayChange({ parent, mount, path }: Located): void {
    if (mount.readOnly) throw new FileError('EROFS');
    if (!this.#allowed(parent, WRITE | EXECUTE)) throw new FileError('EACCES');
    if (this.mountTable.at(path)) throw new FileError('EBUSY');
  }

  #create<T extends Inode>(located: Located, make: (attributes: Attributes, tree: FileTree) => T, mode: number): T {
    if (located.mount.readOnly) throw new FileError('EROFS');
    if (!this.#allowed(located.parent, WRITE | EXECUTE)) throw new FileError('EACCES');
    const { parent } = located;
    const setGid = (parent.mode & 0o2000) !== 0;
    const node = make({ mode: mode & ~this.umask, uid: this.credentials.uid, gid: setGid ? parent.gid : this.credentials.gid, mtime: parent.tree.now() }, parent.tree);
    if (setGid && node instanceof DirectoryNode) node.mode |= 0o2000;
    parent.set(located.name, node);
    return node;
  }

  #remove(located: Located): void {
    if (this.mountTable.at(located.path)) throw new FileError('EBUSY');
    this.#mayChange(located);
    const { parent, node } = located;
    const sticky = (parent.mode & 0o1000) !== 0;
    if (sticky && !this.credentials.override && ![parent.uid, node!.uid].includes(this.credentials.uid)) throw new FileError('EPERM');
    parent.delete(located.name);
  }

  /** Walks a path part by part, through mounts and symbolic links. */
  #locate(path: string, follow: boolean, depth = 0): Located {
    if (depth > 40) throw new FileError('ELOOP');
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    const root = this.mountTable.root;
    const trail: { node: DirectoryNode; path: string; mount: MountPoint }[] = [{ node: root.root as DirectoryNode, path: '', mount: root }];
    for (const [index, part] of parts.entries()) {
      const here = trail[trail.length - 1]!;
      if (part === '..') {
        if (trail.length > 1) trail.pop();
        continue;
      }
      if (!this.#allowed(here.node, EXECUTE)) throw new FileError('EACCES');
      const next = `${here.path}/${part}`;
      const mount = this.mountTable.at(next);
      const node = mount ? mount.root : here.node.get(part);
      const isLast = index === parts.length - 1;
      if (node instanceof LinkNode && (!isLast || follow)) {
        const target = node.target.startsWith('/') ? node.target : `${here.path}/${node.target}`;
        return this.#locate([target, ...parts.slice(index + 1)].join('/'), follow, depth + 1);
      }
      if (isLast) return { node, parent: here.node, name: part, path: next, mount: mount ?? here.mount };
      if (!node) throw new FileError('ENOENT');
      if (!(node instanceof DirectoryNode)) throw new FileError('ENOTDIR');
      trail.push({ node, path: next, mount: mount ?? here.mount });
    }
    const end = trail[trail.length - 1]!;
    const parent = trail[trail.length - 2] ?? end;
    return { node: end.node, parent: parent.node, name: baseOf(end.path), path: end.path || '/', mount: end.mount };
  }
}

/** A file open for writing, at a position. */
export class OpenFile {
  readonly node: FileNode | DeviceNode;
  readonly #parent: DirectoryNode;
  position: number;

  constructor(node: FileNode | DeviceNode, parent: DirectoryNode, position: number) {
    this.node = node;
    this.#parent = parent;
    this.position = position;
  }

  /** Throws ENOSPC when the bytes do not fit; what fits is written. */
  write(bytes: Uint8Array): void {
    const { node } = this;
    if (node instanceof DeviceNode) return node.write?.(bytes);
    const room = node.tree.left + Math.max(0, node.size - this.position);
    const fits = bytes.length <= room ? bytes : bytes.subarray(0, room);
    if (this.position === node.size) node.append(fits);
    else node.writeAt(this.position, fits);
    this.position += fits.length;
    this.#parent.touched();
    if (fits.length < bytes.length) throw new FileError('ENOSPC');
  }
}

function statOf(node: Inode): Stat {
  const size = node instanceof FileNode ? node.size : node instanceof LinkNode ? node.target.length : node instanceof DirectoryNode ? 4096 : 0;
  const links = node instanceof DirectoryNode ? 2 + node.names().filter((name) => node.get(name) instanceof DirectoryNode).length : node.links;
  return {
    type: node.type, mode: node.mode, uid: node.uid, gid: node.gid, mtime: node.mtime, size, inode: node.number, links, node,
    ...(node instanceof LinkNode ? { target: node.target } : {}), ...(node instanceof DeviceNode && node.device ? { device: node.device } : {}),
  };
}

