import type { Program } from '../processes/process.ts';

/** One image family: everything that a registry and a container need to know of it. */
export interface Image {
  /** `docker.io/library/nginx` */
  readonly repository: string;
  /** Tag → what differs between versions. */
  readonly tags: Readonly<Record<string, ImageTag>>;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  /** A number, a name, `user:group`; '' is root. */
  readonly user: string;
  readonly stopSignal: 'SIGTERM' | 'SIGQUIT' | 'SIGWINCH' | 'SIGINT';
  /** Path → content; a path that ends in `/` is a directory. */
  readonly files: Readonly<Record<string, string>>;
  /** Path → target of symbolic links. */
  readonly links?: Readonly<Record<string, string>>;
  /** Where the mode is not 0644 or 0755. */
  readonly modes?: Readonly<Record<string, number>>;
  /** Path → user and group, where they are not root. */
  readonly owners?: Readonly<Record<string, readonly [number, number]>>;
  /** Which tools are there: busybox: one binary is all; debian: coreutils with dash; none: no shell (pause, distroless). */
  readonly userland: 'busybox' | 'debian' | 'none';
  /** Tools of Debian that this image has besides the base system: `curl`, `procps`, `ip`. */
  readonly packages?: readonly string[];
  /** Programs beyond the userland's tools, by path or by the name they have in /usr/local/bin. */
  readonly programs: Readonly<Record<string, Program>>;
  /** What a version changes. */
  withVersion?(version: string): Partial<Image>;
}

export interface ImageTag {
  readonly version: string;
  readonly sizeBytes: number;
}

export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Fills in what most images have in common. */
export function image(own: Pick<Image, 'repository' | 'tags'> & Partial<Image>): Image {
  return { entrypoint: [], command: [], env: { PATH }, workingDir: '/', user: '', stopSignal: 'SIGTERM', files: {}, userland: 'none', programs: {}, ...own };
}

/** `{ '1.27': 1.27.5, … }` from tag names, a version and a size that they share. */
export function tags(version: string, sizeBytes: number, names: readonly string[]): Record<string, ImageTag> {
  return Object.fromEntries(names.map((name) => [name, { version, sizeBytes }]));
}
