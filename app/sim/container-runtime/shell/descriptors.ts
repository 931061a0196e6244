import { BytePipe } from '../../machinery/streams.ts';
import { DeviceNode, DirectoryNode, FileNode } from '../filesystem/inode.ts';
import { FileError, type OpenFile } from '../filesystem/filesystem.ts';
import type { FileSystem } from '../filesystem/filesystem.ts';
import type { Input, Output } from '../processes/process.ts';

/** One open descriptor of a process. */
export interface Descriptor {
  readonly input?: Input;
  readonly output?: Output;
  readonly tty?: boolean;
}

/** 0, 1, 2 and what a script opens besides. */
export type Descriptors = ReadonlyMap<number, Descriptor>;

/** Writes to a file; what happens to the file's place does not matter. */
export class FileOutput implements Output {
  readonly #file: OpenFile;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  write(chunk: Uint8Array): boolean {
    this.#file.write(chunk);
    return true;
  }

  end(): void {}
}

/** Reads a file chunk by chunk, or a device without end. */
export class FileInput implements Input {
  readonly #node: FileNode | DeviceNode;
  #position = 0;
  #returned: Uint8Array[] = [];

  constructor(node: FileNode | DeviceNode) {
    this.#node = node;
  }

  unread(chunk: Uint8Array): void {
    this.#returned.unshift(chunk);
  }

  async read(): Promise<Uint8Array | undefined> {
    const returned = this.#returned.shift();
    if (returned) return returned;
    const node = this.#node;
    if (node instanceof DeviceNode) {
      if (node.endless) return node.endless(65_536);
      const bytes = this.#position === 0 ? node.read() : undefined;
      this.#position = 1;
      return bytes && bytes.length > 0 ? bytes : undefined;
    }
    if (this.#position >= node.size) return undefined;
    let at = 0;
    for (const chunk of node.content.chunks()) {
      if (at + chunk.length > this.#position) {
        const part = chunk.subarray(this.#position - at);
        this.#position += part.length;
        return part;
      }
      at += chunk.length;
    }
    return undefined;
  }
}

export function openInput(files: FileSystem, path: string): Input {
  const node = files.open(path);
  if (node instanceof DirectoryNode) throw new FileError('EISDIR');
  return node instanceof FileNode || node instanceof DeviceNode ? new FileInput(node) : filled(new Uint8Array());
}

/** A pipe that holds these bytes and nothing more. */
export function filled(bytes: Uint8Array): BytePipe {
  const pipe = new BytePipe();
  pipe.write(bytes);
  pipe.end();
  return pipe;
}
