import type { MemoryVolume, FileEntry } from './volume.ts';

/** A file operation failed; `code` is errno's name, the message what a tool prints after the path. */
export class FileError extends Error {
  readonly code: 'ENOENT' | 'EISDIR' | 'ENOTDIR' | 'EROFS' | 'EEXIST' | 'ENOTEMPTY';
  constructor(code: FileError['code']) {
    super(MESSAGES[code]);
    this.name = 'FileError';
    this.code = code;
  }
}

const MESSAGES: Readonly<Record<FileError['code'], string>> = {
  ENOENT: 'No such file or directory',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  EROFS: 'Read-only file system',
  EEXIST: 'File exists',
  ENOTEMPTY: 'Directory not empty',
};

export interface MountPoint {
  readonly path: string;
  readonly volume: MemoryVolume;
  /** Below the volume's root: subPath, or the file itself when one file is mounted. */
  readonly subPath: string;
  readonly readOnly: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * What a container sees as its files.
 *
 * ```
 *   mounts (longest path wins) ── volumes, shared with other containers
 *   writable layer             ── what this container changed; removed files are whiteouts
 *   image layer                ── shared by all containers of the image, never changed
 * ```
 */
export class FileSystem {
  readonly #image: ReadonlyMap<string, string>;
  readonly #layer = new Map<string, FileEntry>();
  readonly #directories = new Set<string>();
  readonly #whiteouts = new Set<string>();
  readonly #mounts: readonly MountPoint[];
  readonly #readOnlyRoot: boolean;

  constructor(image: ReadonlyMap<string, string>, mounts: readonly MountPoint[], readOnlyRoot: boolean) {
    this.#image = image;
    this.#mounts = [...mounts].sort((a, b) => b.path.length - a.path.length);
    this.#readOnlyRoot = readOnlyRoot;
  }

  /** Bytes that this container wrote outside of volumes. */
  get usedBytes(): number {
    let total = 0;
    for (const { content } of this.#layer.values()) total += content.length;
    return total;
  }

  readText(path: string): string {
    return decoder.decode(this.read(path));
  }

  read(path: string): Uint8Array {
    const clean = normalize(path);
    const found = this.#find(clean);
    if (found) return found;
    throw new FileError(this.isDirectory(clean) ? 'EISDIR' : 'ENOENT');
  }

  exists(path: string): boolean {
    const clean = normalize(path);
    return this.#find(clean) !== undefined || this.isDirectory(clean);
  }

  isFile(path: string): boolean {
    return this.#find(normalize(path)) !== undefined;
  }

  isDirectory(path: string): boolean {
    const clean = normalize(path);
    if (clean === '/' || this.#directories.has(clean)) return true;
    const prefix = `${clean}/`;
    return [...this.#allPaths()].some((candidate) => candidate.startsWith(prefix)) || this.#mounts.some((mount) => mount.path === clean && !this.#isFileMount(mount)) || this.#volumeDirectory(clean);
  }

  /** Names in a directory, sorted. */
  list(path: string): string[] {
    const clean = normalize(path);
    if (!this.isDirectory(clean)) throw new FileError(this.isFile(clean) ? 'ENOTDIR' : 'ENOENT');
    const prefix = clean === '/' ? '/' : `${clean}/`;
    const names = new Set<string>();
    for (const candidate of [...this.#allPaths(), ...this.#directories, ...this.#mounts.map((mount) => mount.path), ...this.#volumeDirectories()]) {
      if (candidate.startsWith(prefix) && candidate !== prefix) names.add(candidate.slice(prefix.length).split('/')[0]!);
    }
    return [...names].filter((name) => name !== '').sort();
  }

  write(path: string, content: string | Uint8Array, append = false): void {
    const clean = normalize(path);
    if (clean === '/dev/null') return;
    if (this.isDirectory(clean)) throw new FileError('EISDIR');
    if (!this.isDirectory(parentOf(clean))) throw new FileError('ENOENT');
    const bytes = typeof content === 'string' ? encoder.encode(content) : content;
    const before = append ? this.#find(clean) : undefined;
    const next = before ? concat(before, bytes) : bytes;
    const mount = this.#mountOf(clean);
    if (mount) {
      if (mount.readOnly) throw new FileError('EROFS');
      mount.volume.files.set(relativeTo(mount, clean), { content: next, mode: 0o644 });
      return;
    }
    if (this.#readOnlyRoot) throw new FileError('EROFS');
    this.#whiteouts.delete(clean);
    this.#layer.set(clean, { content: next, mode: 0o644 });
  }

  makeDirectory(path: string): void {
    const clean = normalize(path);
    if (this.exists(clean)) throw new FileError('EEXIST');
    if (!this.isDirectory(parentOf(clean))) throw new FileError('ENOENT');
    const mount = this.#mountOf(clean);
    if (mount?.readOnly || (!mount && this.#readOnlyRoot)) throw new FileError('EROFS');
    if (mount) mount.volume.directories.add(relativeTo(mount, clean));
    else this.#directories.add(clean);
  }

  removeFile(path: string): void {
    const clean = normalize(path);
    if (this.#find(clean) === undefined) throw new FileError(this.isDirectory(clean) ? 'EISDIR' : 'ENOENT');
    const mount = this.#mountOf(clean);
    if (mount?.readOnly || (!mount && this.#readOnlyRoot)) throw new FileError('EROFS');
    if (mount) mount.volume.files.delete(relativeTo(mount, clean));
    else {
      this.#layer.delete(clean);
      if (this.#image.has(clean)) this.#whiteouts.add(clean);
    }
  }

  removeTree(path: string): void {
    const clean = normalize(path);
    if (this.isFile(clean)) return this.removeFile(clean);
    for (const name of this.list(clean)) this.removeTree(`${clean === '/' ? '' : clean}/${name}`);
    this.#directories.delete(clean);
    const mount = this.#mountOf(clean);
    mount?.volume.directories.delete(relativeTo(mount, clean));
  }

  mounts(): readonly MountPoint[] {
    return this.#mounts;
  }

  #find(path: string): Uint8Array | undefined {
    if (path === '/dev/null') return new Uint8Array();
    const mount = this.#mountOf(path);
    if (mount) return mount.volume.files.get(relativeTo(mount, path))?.content;
    const own = this.#layer.get(path);
    if (own) return own.content;
    const fromImage = this.#whiteouts.has(path) ? undefined : this.#image.get(path);
    return fromImage === undefined ? undefined : encoder.encode(fromImage);
  }

  #mountOf(path: string): MountPoint | undefined {
    return this.#mounts.find((mount) => path === mount.path || path.startsWith(mount.path === '/' ? '/' : `${mount.path}/`));
  }

  #isFileMount(mount: MountPoint): boolean {
    return mount.subPath !== '' && mount.volume.files.has(mount.subPath);
  }

  *#allPaths(): Generator<string> {
    for (const path of this.#image.keys()) if (!this.#whiteouts.has(path)) yield path;
    yield* this.#layer.keys();
    for (const mount of this.#mounts) {
      for (const name of mount.volume.files.keys()) {
        if (mount.subPath === '') yield `${mount.path}/${name}`;
        else if (name === mount.subPath) yield mount.path;
        else if (name.startsWith(`${mount.subPath}/`)) yield `${mount.path}/${name.slice(mount.subPath.length + 1)}`;
      }
    }
  }

  *#volumeDirectories(): Generator<string> {
    for (const mount of this.#mounts) for (const name of mount.volume.directories) if (mount.subPath === '') yield `${mount.path}/${name}`;
  }

  #volumeDirectory(path: string): boolean {
    return [...this.#volumeDirectories()].some((directory) => directory === path || directory.startsWith(`${path}/`));
  }
}

/** `/a/./b/../c` → `/a/c` */
export function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

export function parentOf(path: string): string {
  return normalize(`${path}/..`);
}

function relativeTo(mount: MountPoint, path: string): string {
  const below = path.slice(mount.path.length).replace(/^\/+/, '');
  return [mount.subPath, below].filter((part) => part !== '').join('/');
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
