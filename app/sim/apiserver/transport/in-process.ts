import type { Clock } from '../../../base/clock/index.ts';
import type { TraceRecorder } from '../../machinery/recorder.ts';
import type { Caller, Transport, TransportRequest, TransportResponse, WatchEvent } from '../../machinery/transport.ts';
import type { Handled, HandledRequest } from '../filters/handler.ts';
import { shownObject, type Answer, type EventSource } from '../handlers/answer.ts';
import { listObject } from '../http/encode.ts';
import type { CacheEvent } from '../watch-cache/watcher.ts';

/**
 * The door for parts in this process: the whole chain, but no TLS, no socket and no bytes.
 *
 * What a watch brings is delivered on the clock, a turn for all that waits: while time stands still no part hears of
 * anything, and each step of the clock is one part's hearing and what it does about it. The watches of one caller are
 * heard in order of the revisions: a claim before the Pod that was made after it.
 */
export class InProcessTransport implements Transport {
  readonly #caller: Caller;
  readonly #handle: (request: HandledRequest) => Promise<Handled>;
  readonly #trace: TraceRecorder;
  readonly #clock: Clock;
  /** What this caller's watches have at hand and wait to tell: revisions. */
  readonly #waiting = new Map<EventSource, number>();

  constructor(caller: Caller, handle: (request: HandledRequest) => Promise<Handled>, trace: TraceRecorder, clock: Clock) {
    this.#clock = clock;
    this.#caller = caller;
    this.#handle = handle;
    this.#trace = trace;
  }

  async send<T>(request: TransportRequest): Promise<TransportResponse<T>> {
    const { answer, warnings, cause } = await this.#handle(this.#toHandled(request));
    return { code: 'code' in answer ? answer.code : 200, body: bodyOf(answer) as T, warnings, cause };
  }

  async *watch<T>(request: TransportRequest, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const { answer } = await this.#handle(this.#toHandled({ ...request, query: { ...request.query, watch: 'true' } }));
    if (answer.type !== 'watch') throw new Error(`${request.path} cannot be watched`);
    const onAbort = (): void => answer.watcher.close();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (signal.aborted) return;
      let inThisTurn = 0;
      for await (const event of answer.watcher) {
        if (inThisTurn > 0 && !this.#olderWaits(event.revision)) inThisTurn--;
        else inThisTurn = await this.#turn(answer.watcher, event.revision, signal);
        if (signal.aborted) return;
        yield { type: event.type, object: shownObject(event.value, answer.definition) as T, cause: this.#recordDelivery(event, request.path) };
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      answer.close();
    }
  }

  /** Waits for a turn; returns how many more events it is good for. */
  async #turn(watcher: EventSource, revision: number, signal: AbortSignal): Promise<number> {
    this.#waiting.set(watcher, revision);
    do await this.#clock.sleep(0, signal).catch(() => {});
    while (!signal.aborted && this.#olderWaits(revision));
    this.#waiting.delete(watcher);
    return watcher.pending;
  }

  #olderWaits(revision: number): boolean {
    for (const waiting of this.#waiting.values()) if (waiting < revision) return true;
    return false;
  }

  #toHandled(request: TransportRequest): HandledRequest {
    const { part, user, userAgent, loop } = this.#caller;
    return {
      method: request.method, path: request.path, query: request.query ?? {}, body: { parsed: request.body }, contentType: request.contentType ?? 'application/json',
      user, userAgent, part, ...(loop ? { loop } : {}), cause: request.cause, external: false,
    };
  }

  /** A change that reaches a part is a message of its own; the initial state and bookmarks are not. */
  #recordDelivery(event: CacheEvent, path: string): readonly number[] {
    if (event.type === 'BOOKMARK' || event.cause.length === 0) return event.cause;
    const { kind, metadata } = event.value.object;
    const resource = path.slice(path.lastIndexOf('/') + 1);
    const seq = this.#trace.record({
      kind: 'watch', from: 'kube-apiserver', to: this.#caller.part, cause: event.cause, revision: event.revision,
      label: `${event.type} ${(kind ?? '').toLowerCase()} ${metadata.name}`,
      ...(this.#caller.loop ? { loop: this.#caller.loop } : {}),
      object: { resource, ...(metadata.namespace ? { namespace: metadata.namespace } : {}), name: metadata.name, uid: metadata.uid },
      ...(kind === 'Lease' || kind === 'Event' ? { detail: { lease: kind === 'Lease', event: kind === 'Event' } } : {}),
    });
    return [seq];
  }
}

function bodyOf(answer: Answer): unknown {
  switch (answer.type) {
    case 'stored':
      return shownObject(answer.value, answer.definition);
    case 'list':
      return listObject(answer, answer.values.map((value) => shownObject(value, answer.definition)));
    case 'object':
      return answer.object;
    case 'text':
      return answer.text.toString();
    case 'connect':
      throw new Error('a connection is not an answer to send()');
    case 'stream':
      answer.abort();
      throw new Error('a stream is not an answer to send()');
    case 'watch':
      answer.close();
      throw new Error('a watch is not an answer to send()');
  }
}
