import type { Clock } from '../../../base/clock/index.ts';
import type { BytePipe } from '../../machinery/streams.ts';
import type { LogLine } from '../cri.ts';

/** Lines kept for a container; older ones are rotated away. models kubelet: containerLogMaxSize, in lines */
const MAX_LINES = 20_000;

/** Longer ones are written in parts. models containerd: max_container_log_line_size */
const LONGEST_LINE = 16 * 1024;

/** What a container printed, line by line, with times. models containerd's CRI log files */
export class LogStore {
  readonly #clock: Clock;
  readonly #lines: LogLine[] = [];
  #dropped = 0;
  #closed = false;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** Copies a stream into the log until it ends; `also` gets every chunk, for attached sessions. */
  async collect(source: BytePipe, stream: LogLine['stream'], also: (chunk: Uint8Array) => void): Promise<void> {
    let rest = Buffer.alloc(0);
    for await (const chunk of source) {
      also(chunk);
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        this.#append(stream, rest.subarray(0, end + 1));
        rest = rest.subarray(end + 1);
      }
      for (; rest.length >= LONGEST_LINE; rest = rest.subarray(LONGEST_LINE)) this.#append(stream, rest.subarray(0, LONGEST_LINE));
    }
    if (rest.length > 0) this.#append(stream, rest);
  }

  /** No more lines will come: followers end. */
  close(): void {
    this.#closed = true;
    this.#notify();
  }

  async *read({ follow, signal }: { follow: boolean; signal: AbortSignal }): AsyncGenerator<LogLine> {
    let next = this.#dropped;
    const wakeUp = (): void => this.#notify();
    signal.addEventListener('abort', wakeUp);
    try {
      for (;;) {
        for (next = Math.max(next, this.#dropped); next - this.#dropped < this.#lines.length; next++) yield this.#lines[next - this.#dropped]!;
        if (!follow || this.#closed || signal.aborted) return;
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      signal.removeEventListener('abort', wakeUp);
    }
  }

  #append(stream: LogLine['stream'], bytes: Uint8Array): void {
    this.#lines.push({ at: this.#clock.now(), stream, bytes: new Uint8Array(bytes) });
    if (this.#lines.length > MAX_LINES) {
      this.#lines.shift();
      this.#dropped++;
    }
    this.#notify();
  }

  #notify(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
