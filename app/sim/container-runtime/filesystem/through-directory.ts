import type { FileSystem } from './filesystem.ts';
import { DirectoryNode, type Inode } from './inode.ts';

/** A directory of another container as it sees it, mounts included: what lies behind /proc/PID/root. */
class ThroughDirectory extends DirectoryNode {
  readonly #files: FileSystem;
  readonly #path: string;
  readonly #real: DirectoryNode;

  constructor(files: FileSystem, path: string, real: DirectoryNode) {
    super(real.tree, real);
    this.#files = files;
    this.#path = path;
    this.#real = real;
  }

  override get(name: string): Inode | undefined {
    return this.#through(name, this.#real.get(name));
  }

  override getOwn(name: string): Inode | undefined {
    return this.#through(name, this.#real.getOwn(name));
  }

  override set(name: string, node: Inode): void {
    this.#real.set(name, node);
  }

  override delete(name: string): void {
    this.#real.delete(name);
  }

  override take(name: string): void {
    this.#real.take(name);
  }

  override names(): string[] {
    return this.#real.names();
  }

  override touched(): void {
    this.#real.touched();
  }

  #through(name: string, own: Inode | undefined): Inode | undefined {
    const path = `${this.#path}/${name}`;
    const node = this.#files.mountTable.at(path)?.root ?? own;
    return node instanceof DirectoryNode ? new ThroughDirectory(this.#files, path, node) : node;
  }
}

export function rootOf(files: FileSystem): DirectoryNode {
  return new ThroughDirectory(files, '', files.mountTable.root.root as DirectoryNode);
}
