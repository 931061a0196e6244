import type { Process } from '../processes/process.ts';

/** A part of the machine that systemd looks after. */
export interface Unit {
  /** `kubelet` */
  readonly name: string;
  readonly description: string;
  readonly documentation: string;
  readonly argv: readonly string[];
  /** Path of its unit file, and of what changes it. */
  readonly file: string;
  readonly dropIn?: string;
  readonly running: boolean;
  start(): void;
  stop(): void;
}

/** A unit with the process that stands for it while it runs. */
export interface UnitState {
  readonly unit: Unit;
  process: Process | undefined;
  /** When it came up or went down. */
  since: number;
  enabled: boolean;
}
