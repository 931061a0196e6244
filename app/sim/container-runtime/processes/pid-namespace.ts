import type { Process } from './process.ts';

/**
 * Processes that see each other: those of a container, of a Pod that shares its namespace, or of the whole machine, which
 * sees all others too, under numbers of its own. models pid_namespaces(7)
 */
export class PidNamespace {
  readonly processes = new Map<number, Process>();
  readonly #numbers = new Map<Process, number>();
  readonly #parent: PidNamespace | undefined;
  #last = 0;

  constructor(parent?: PidNamespace) {
    this.#parent = parent;
  }

  /** Takes a new process in and gives it its number. */
  add(process: Process): number {
    this.#parent?.add(process);
    const pid = ++this.#last;
    this.processes.set(pid, process);
    this.#numbers.set(process, pid);
    return pid;
  }

  remove(process: Process): void {
    this.#parent?.remove(process);
    this.processes.delete(this.#numbers.get(process) ?? 0);
    this.#numbers.delete(process);
  }

  /** The number of a process here; 0 when it cannot be seen from here. */
  pidOf(process: Process | undefined): number {
    return (process && this.#numbers.get(process)) ?? 0;
  }

  /** The number of its parent here: an orphan's is 1. */
  parentPidOf({ parent }: Process): number {
    return parent ? (parent.ended ? 1 : this.pidOf(parent)) : 0;
  }
}
