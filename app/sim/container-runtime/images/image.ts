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
  /** '' is root. */
  readonly user: string;
  readonly stopSignal: 'SIGTERM' | 'SIGQUIT' | 'SIGWINCH' | 'SIGINT';
  /** Path → content. */
  readonly files: Readonly<Record<string, string>>;
  /** busybox: one binary is all tools; debian: coreutils with dash; none: no shell (pause, distroless). */
  readonly userland: 'busybox' | 'debian' | 'none';
  /** Programs beyond the userland's tools, by the name under which they are called. */
  readonly programs: Readonly<Record<string, Program>>;
}

export interface ImageTag {
  readonly version: string;
  readonly sizeBytes: number;
}

export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
