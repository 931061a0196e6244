/**
 * Bytes in flight inside the simulator: container output, exec sessions, TCP connections. No Node streams, so that every
 * hop settles in promise callbacks and the virtual clock stays deterministic.
 */
export interface ByteSource extends AsyncIterable<Uint8Array> {}

export interface ByteSink {
  /** False once the other side has gone away. */
  write(chunk: Uint8Array): boolean;
  /** No more will be written. */
  end(): void;
  /** What to wait for before writing more, when the reader is slow. */
  drained?(): Promise<void> | undefined;
}

/** A writer that can wait does so above this many unread bytes. */
const HIGH_WATER = 1 << 18;

/** One direction: what is written to it is read from it, in order. Buffers without bound; one reader. */
export class BytePipe implements ByteSource, ByteSink {
  readonly #chunks: Uint8Array[] = [];
  #ended = false;
  #abandoned = false;
  #wake: (() => void) | undefined;
  #buffered = 0;
  #drained: (() => void)[] = [];

  /** No reader any more, or ended. */
  get closed(): boolean {
    return this.#ended || this.#abandoned;
  }

  write(chunk: Uint8Array): boolean {
    if (this.closed) return false;
    if (chunk.length > 0) this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    this.#notify();
    return true;
  }

  /** What to wait for before writing more, when the reader is slow; undefined when it keeps up. */
  drained(): Promise<void> | undefined {
    if (this.#buffered < HIGH_WATER || this.closed) return undefined;
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** Puts bytes back that were read too far: they come first again. */
  unread(chunk: Uint8Array): void {
    if (chunk.length === 0 || this.#abandoned) return;
    this.#chunks.unshift(chunk);
    this.#buffered += chunk.length;
    this.#notify();
  }

  end(): void {
    this.#ended = true;
    this.#notify();
    this.#release();
  }

  /** The reader loses interest: later writes return false. */
  abandon(): void {
    this.#abandoned = true;
    this.#chunks.length = 0;
    this.#buffered = 0;
    this.#notify();
    this.#release();
  }

  /** The next chunk; undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#buffered -= chunk.length;
        if (this.#buffered < HIGH_WATER) this.#release();
        return chunk;
      }
      if (this.closed) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let chunk = await this.read(); chunk; chunk = await this.read()) yield chunk;
    } finally {
      this.abandon();
    }
  }

  #release(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

/** Both directions of a TCP connection, seen from one end. */
export interface Connection {
  readonly input: BytePipe;
  readonly output: BytePipe;
  /** `10.244.1.7:52144` */
  readonly remoteAddress: string;
  close(): void;
}

/** Two ends of a new connection. */
export function connectionPair(clientAddress: string, serverAddress: string): { client: Connection; server: Connection } {
  const up = new BytePipe();
  const down = new BytePipe();
  const close = (): void => {
    up.end();
    down.end();
  };
  return {
    client: { input: down, output: up, remoteAddress: serverAddress, close },
    server: { input: up, output: down, remoteAddress: clientAddress, close },
  };
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A process' streams as exec and attach see them. */
export interface ProcessSession {
  readonly stdin?: ByteSink;
  readonly stdout: ByteSource;
  /** Absent with a TTY, which has one stream. */
  readonly stderr?: ByteSource;
  resize(size: TerminalSize): void;
  /** Settles when the process ends. */
  readonly exit: Promise<{ readonly exitCode: number }>;
  /** The caller went away: the process gets no more input; it goes on unless it reads or has a TTY. */
  detach(): void;
}
