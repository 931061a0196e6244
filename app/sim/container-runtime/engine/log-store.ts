import type { Clock } from '../../../base/clock/index.ts';
import type { ByteSink } from '../../machinery/streams.ts';
import type { LogLine } from '../cri.ts';

/** Lines kept for a container; older ones are rotated away. models kubelet: containerLogMaxSize, in lines */
const MAX_LINES = 20_000;

/** Longer ones are written in parts. models containerd: max_container_log_line_size */
const LONGEST_LINE = 16 * 1024;

/** models pipe(7): capacity */
const FULL_PIPE = 64 * 1024;

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

  /**
   * One of a container's two streams: what is written to it stands in the log at once, so that the lines of both keep the
   * order in which they were printed. `also` gets every chunk, for attached sessions.
   */
  sink(stream: LogLine['stream'], also: (chunk: Uint8Array) => void): ByteSink {
    let rest = Buffer.alloc(0);
    let ended = false;
    let untold = 0;
    return {
      write: (chunk) => {
        if (ended) return false;
        untold += chunk.length;
        also(chunk);
        rest = this.#appendLines(stream, Buffer.concat([rest, chunk]));
        return true;
      },
      // Whoever prints without end lets others have a turn now and then.
      drained: () => (untold < FULL_PIPE ? undefined : ((untold = 0), Promise.resolve())),
      end: () => {
        if (!ended && rest.length > 0) this.#append(stream, rest);
        ended = true;
      },
    };
  }

  /** Whole lines, and parts of lines that are too long; returns what is left. */
  #appendLines(stream: LogLine['stream'], bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
    let rest = bytes;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      this.#append(stream, rest.subarray(0, end + 1));
      rest = rest.subarray(end + 1);
    }
    for (; rest.length >= LONGEST_LINE; rest = rest.subarray(LONGEST_LINE)) this.#append(stream, rest.subarray(0, LONGEST_LINE));
    return rest;
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
