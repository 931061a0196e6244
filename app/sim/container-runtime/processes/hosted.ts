import type { Process } from './process.ts';

/** Whose container it is. */
export interface HostPod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
}

/** A program whose work is done by a part of the simulator that has more than a process has: its own door to the API. */
export type HostedProgram = (process: Process, pod: HostPod) => Promise<number>;

/** By the name of the program. */
export type HostedPrograms = Readonly<Record<string, HostedProgram>>;
