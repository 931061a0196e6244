import type { Clock } from '../../../base/clock/index.ts';
import { BytePipe, type Connection } from '../../machinery/streams.ts';

/** One direction between two sockets: says when it is over, and takes its time where the wire is slow. */
class Wire extends BytePipe {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #onClosed: () => void;

  constructor(clock: Clock, delayMs: number, onClosed: () => void) {
    super();
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#onClosed = onClosed;
  }

  override write(chunk: Uint8Array): boolean {
    if (this.#delayMs === 0 || this.closed) return super.write(chunk);
    this.#clock.schedule(this.#delayMs, () => super.write(chunk));
    return true;
  }

  override end(): void {
    if (this.#delayMs === 0) this.#close();
    else this.#clock.schedule(this.#delayMs, () => this.#close());
  }

  override abandon(): void {
    super.abandon();
    this.#onClosed();
  }

  #close(): void {
    super.end();
    this.#onClosed();
  }
}

export interface PairOptions {
  readonly clock: Clock;
  /** What each end sees of the other. */
  readonly clientAddress: string;
  readonly serverAddress: string;
  readonly upDelayMs: number;
  readonly downDelayMs: number;
  /** Both directions are over. */
  onClosed(): void;
}

/** Two ends of a new connection. */
export function connect({ clock, clientAddress, serverAddress, upDelayMs, downDelayMs, onClosed }: PairOptions): { client: Connection; server: Connection } {
  const check = (): void => {
    if (up.closed && down.closed) onClosed();
  };
  const up = new Wire(clock, upDelayMs, check);
  const down = new Wire(clock, downDelayMs, check);
  const close = (): void => {
    up.end();
    down.end();
  };
  return {
    client: { input: down, output: up, remoteAddress: serverAddress, close },
    server: { input: up, output: down, remoteAddress: clientAddress, close },
  };
}
