import type { Clock } from '../../base/clock/index.ts';
import { DisposableStore, Emitter, type Disposable } from '../../base/lifecycle/index.ts';
import type { KubeObject } from '../../contracts/k8s/index.ts';
import type { TraceEntry, TraceEvent } from '../../contracts/trace/index.ts';
import type { KubeClient, ResourceRef, TraceCapability } from '../cluster.ts';
import { writesBetween } from './writes.ts';

const WATCHED: readonly ResourceRef[] = [
  { group: '', version: 'v1', resource: 'pods' }, { group: '', version: 'v1', resource: 'nodes' }, { group: '', version: 'v1', resource: 'services' },
  { group: 'apps', version: 'v1', resource: 'deployments' }, { group: 'apps', version: 'v1', resource: 'replicasets' }, { group: 'apps', version: 'v1', resource: 'daemonsets' }, { group: 'apps', version: 'v1', resource: 'statefulsets' },
  { group: 'batch', version: 'v1', resource: 'jobs' }, { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
];
const KEPT = 20_000;

/**
 * The trace of a cluster whose insides cannot be seen: every change that a watch tells is a write, and the object's
 * managedFields say who wrote. Nothing is invented: who cannot be told is not drawn.
 */
export class WatchTrace implements TraceCapability, Disposable {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #life = new DisposableStore();
  readonly #onDidAppend = new Emitter<TraceEvent>();
  readonly onDidAppend = this.#onDidAppend.event;
  #events: TraceEvent[] = [];
  #last = 0;

  constructor(client: KubeClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  get last(): number {
    return this.#last;
  }

  since(seq: number): readonly TraceEvent[] {
    return this.#events.filter((event) => event.seq >= seq);
  }

  start(): void {
    for (const ref of WATCHED) {
      let known: ReadonlyMap<string, KubeObject> | undefined;
      const watch = this.#client.watchAll(ref, (items) => {
        // What was there before we looked was written by nobody we saw.
        if (known) for (const write of writesBetween(ref, known, items)) this.#take(write);
        known = new Map(items);
      });
      this.#life.add({ dispose: () => watch.dispose() });
    }
  }

  dispose(): void {
    this.#life.dispose();
    this.#onDidAppend.dispose();
  }

  /** The request, and the transaction that it became. */
  #take({ request, store }: { request: TraceEntry; store: TraceEntry }): void {
    const asked = this.#append(request);
    this.#append({ ...store, cause: [asked] });
  }

  #append(entry: TraceEntry): number {
    const event: TraceEvent = { seq: ++this.#last, at: this.#clock.now(), ...entry };
    this.#events.push(event);
    if (this.#events.length > KEPT * 1.1) this.#events = this.#events.slice(-KEPT);
    this.#onDidAppend.fire(event);
    return event.seq;
  }
}
