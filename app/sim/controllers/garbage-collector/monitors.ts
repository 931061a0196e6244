import type { Clock } from '../../../base/clock/index.ts';
import type { Disposable } from '../../../base/lifecycle/index.ts';
import { apiVersionOf, type ResourceType } from '../../client/api-client.ts';
import { discoverTypes, type DiscoveredType } from '../../client/discovery.ts';
import { Informer, type InformerHandler } from '../../client/informer.ts';
import { customResourceDefinitions } from '../../client/resource-types.ts';
import type { ControllerContext } from '../context.ts';

/** Nobody owns an Event, and there are many. models the garbage collector's DefaultIgnoredResources */
const IGNORED = new Set(['events.', 'events.events.k8s.io']);
const NEEDED_VERBS = ['delete', 'list', 'watch'];
/** A kind that cannot be listed (its conversion webhook is away) holds the others up no longer than this. */
const PATIENCE_MS = 30_000;
/** News of definitions are gathered for so long: a chart brings many at once. */
const GATHER_MS = 500;

interface Monitor {
  readonly informer: Informer<object>;
  readonly since: number;
  readonly life?: Disposable;
}

/**
 * A watch on every kind that can be listed, watched and deleted, custom ones too: kept in step with what the API server
 * offers. A real collector looks every 30 seconds; this one whenever a definition changes.
 * models pkg/controller/garbagecollector: GarbageCollector.Sync and GraphBuilder.syncMonitors
 */
export class Monitors implements Disposable {
  readonly #context: ControllerContext;
  readonly #handlerOf: (type: ResourceType<object>) => InformerHandler<object>;
  readonly #monitors = new Map<string, Monitor>();
  #types: readonly DiscoveredType[] = [];
  #gathering: Disposable | undefined;
  #disposed = false;

  constructor(context: ControllerContext, handlerOf: (type: ResourceType<object>) => InformerHandler<object>) {
    this.#context = context;
    this.#handlerOf = handlerOf;
    const changed = (): void => this.#soon();
    const definitions = context.informers.of(customResourceDefinitions);
    definitions.handle({ onAdd: changed, onUpdate: changed, onDelete: changed });
    // Which kinds are custom must be known first.
    definitions.whenSynced(() => void this.#sync());
  }

  /** All kinds are known and listed, as far as they can be. */
  get synced(): boolean {
    const now = this.#context.clock.now();
    return this.#types.length > 0 && this.#gathering === undefined && [...this.#monitors.values()].every(({ informer, since }) => informer.synced || now - since >= PATIENCE_MS);
  }

  /** Whatever version a reference names: kinds of one name in one group are one kind. models a RESTMapper */
  find(apiVersion: string, kind: string): DiscoveredType | undefined {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    return this.#types.find((type) => type.group === group && type.kind === kind);
  }

  isCustom(type: ResourceType<unknown>): boolean {
    return this.#monitors.get(keyOf(type))?.life !== undefined;
  }

  dispose(): void {
    this.#disposed = true;
    this.#gathering?.dispose();
    for (const { life } of this.#monitors.values()) life?.dispose();
    this.#monitors.clear();
  }

  #soon(): void {
    this.#gathering ??= this.#context.clock.schedule(GATHER_MS, () => void this.#sync());
  }

  async #sync(): Promise<void> {
    const { client, clock } = this.#context;
    try {
      const { types: found, failed } = await discoverTypes(client);
      if (this.#disposed) return;
      this.#gathering = undefined;
      // Kinds whose server does not answer now are still kinds: their watches stay.
      const types = (this.#types = [...found, ...this.#types.filter((type) => failed.includes(apiVersionOf(type)))]);
      this.#follow(types.filter((type) => NEEDED_VERBS.every((verb) => type.verbs.includes(verb)) && !IGNORED.has(keyOf(type))), clock);
    } catch {
      // The API server is away: its return is worth another look.
      if (!this.#disposed) this.#gathering = clock.schedule(GATHER_MS, () => void this.#sync());
    }
  }

  #follow(types: readonly DiscoveredType[], clock: Clock): void {
    const { informers, client } = this.#context;
    const custom = new Set(informers.of(customResourceDefinitions).list().map(({ metadata }) => metadata.name));
    const wanted = new Set(types.map(keyOf));
    for (const [key, { life }] of this.#monitors) {
      if (wanted.has(key)) continue;
      life?.dispose();
      this.#monitors.delete(key);
    }
    for (const type of types) {
      const key = keyOf(type);
      if (this.#monitors.has(key)) continue;
      const since = clock.now();
      // A custom kind may go again: its watch is the collector's own, and ends with it.
      const own = custom.has(key) ? new Informer<object>(client, clock, type) : undefined;
      const informer = own ?? informers.of<object>(type);
      informer.handle(this.#handlerOf(type));
      own?.start();
      this.#monitors.set(key, { informer, since, ...(own ? { life: own } : {}) });
    }
  }
}

function keyOf({ group, resource }: ResourceType<unknown>): string {
  return `${resource}.${group}`;
}
