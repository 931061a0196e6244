import type { VolumeDirectory, VolumeStore } from '../cri.ts';

export interface FileEntry {
  content: Uint8Array;
  mode: number;
}

/** Files by path relative to the volume's root (`conf/app.yaml`), and directories that hold none. */
export class MemoryVolume implements VolumeDirectory {
  readonly id: string;
  readonly kind: 'disk' | 'memory';
  readonly files = new Map<string, FileEntry>();
  readonly directories = new Set<string>();

  constructor(id: string, kind: 'disk' | 'memory' = 'disk') {
    this.id = id;
    this.kind = kind;
  }

  replaceAll(files: Readonly<Record<string, FileEntry>>): void {
    this.files.clear();
    for (const [path, file] of Object.entries(files)) this.files.set(path.replace(/^\/+/, ''), { ...file });
  }

  usedBytes(): number {
    let total = 0;
    for (const { content } of this.files.values()) total += content.length;
    return total;
  }
}

/** The volumes of one node. `hostPath` directories live under the id `host:` and are shared by all who mount them. */
export class MemoryVolumeStore implements VolumeStore {
  readonly #volumes = new Map<string, MemoryVolume>();
  /** The node's own files: `etc/kubernetes/manifests/…`. */
  readonly host = new MemoryVolume('host');

  create(id: string, kind: 'disk' | 'memory'): MemoryVolume {
    const known = this.#volumes.get(id);
    if (known) return known;
    const made = new MemoryVolume(id, kind);
    this.#volumes.set(id, made);
    return made;
  }

  get(id: string): MemoryVolume | undefined {
    return this.#volumes.get(id);
  }

  remove(id: string): void {
    this.#volumes.delete(id);
  }

  hostPath(path: string): { directory: MemoryVolume; type: 'directory' | 'file' | 'absent' } {
    const relative = path.replace(/^\/+|\/+$/g, '');
    const isFile = this.host.files.has(relative);
    const isDirectory = relative === '' || this.host.directories.has(relative) || [...this.host.files.keys()].some((name) => name.startsWith(`${relative}/`));
    return { directory: this.#hostVolume(relative), type: isFile ? 'file' : isDirectory ? 'directory' : 'absent' };
  }

  makeHostPath(path: string, type: 'directory' | 'file'): MemoryVolume {
    const relative = path.replace(/^\/+|\/+$/g, '');
    if (type === 'directory') this.host.directories.add(relative);
    else this.host.files.set(relative, { content: new Uint8Array(), mode: 0o644 });
    return this.#hostVolume(relative);
  }

  #hostVolume(relative: string): MemoryVolume {
    return this.create(`host:/${relative}`, 'disk');
  }
}
