import type { Process } from '../processes/process.ts';
import { SIGNAL_NUMBERS, type Signal } from '../processes/signals.ts';

/** What a shell does on signals: trapped ones wait until the command that runs now is over, and end a `wait`. */
export class Traps {
  readonly actions = new Map<Signal | 'EXIT', string>();
  readonly #process: Process;
  readonly #pending: Signal[] = [];
  #wake: (() => void) | undefined;

  constructor(process: Process) {
    this.#process = process;
  }

  get isPending(): boolean {
    return this.#pending.length > 0;
  }

  set(signal: Signal | 'EXIT', action: string | undefined): void {
    if (action === undefined) this.actions.delete(signal);
    else this.actions.set(signal, action);
    if (signal === 'EXIT') return;
    if (action === undefined) return this.#process.clearSignal(signal);
    if (action === '') return this.#process.ignoreSignal(signal);
    this.#process.onSignal(signal, () => {
      this.#pending.push(signal);
      this.#wake?.();
    });
  }

  /** The actions of signals that came, in order. */
  *take(): Generator<string> {
    for (let signal = this.#pending.shift(); signal; signal = this.#pending.shift()) {
      const action = this.actions.get(signal);
      if (action) yield action;
    }
  }

  /** Waits for something; a trapped signal ends the wait. Returns its number and 128, or what was waited for. */
  async interruptible<T>(waiting: Promise<T>): Promise<T | number> {
    const interrupted = new Promise<number>((resolve) => {
      this.#wake = () => resolve(128 + SIGNAL_NUMBERS[this.#pending[this.#pending.length - 1]!]);
      if (this.isPending) this.#wake();
    });
    try {
      return await Promise.race([waiting, interrupted]);
    } finally {
      this.#wake = undefined;
    }
  }
}
