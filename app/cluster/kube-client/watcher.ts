import type { Clock } from '../../base/clock/index.ts';
import type { KubeObject } from '../../contracts/k8s/index.ts';
import type { TableRow } from '../cluster.ts';
import { linesOf, textOf, type Channel } from './connection.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 3_000;

interface Table {
  readonly kind: 'Table';
  readonly metadata: { readonly resourceVersion: string };
  readonly columnDefinitions?: readonly { readonly name: string }[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: KubeObject }[];
}

interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Table;
}

/**
 * The current rows of one collection, kept by list and watch, again and again, until disposed.
 *
 * ```
 *   list (Table) ─▶ watch from its resourceVersion ─▶ stream ends: watch again from the last one seen
 *        ▲                                        └─▶ 410 Gone, refused: list again, after a growing pause
 * ```
 *
 * Invariants
 * 1. `onChange` gets the whole set, keyed by uid, once after each list and after each batch of one turn.
 * 2. A row keeps its place in the map for as long as its object lives.
 * 3. While the server cannot be reached the last known set stays.
 */
export class TableWatcher<T> {
  readonly #connection: Channel;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #onChange: (rows: ReadonlyMap<string, TableRow<T>>) => void;
  readonly #onError: (error: Error) => void;
  readonly #abort = new AbortController();
  readonly #rows = new Map<string, TableRow<T>>();
  #columns: readonly string[] = [];
  #announced = true;

  constructor(options: { connection: Channel; path: string; clock: Clock; onChange: (rows: ReadonlyMap<string, TableRow<T>>) => void; onError?: (error: Error) => void }) {
    this.#connection = options.connection;
    this.#path = options.path;
    this.#clock = options.clock;
    this.#onChange = options.onChange;
    this.#onError = options.onError ?? ((): void => {});
    void this.#run();
  }

  dispose(): void {
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    let retryMs = FIRST_RETRY_MS;
    let version: string | undefined;
    while (!signal.aborted) {
      try {
        version ??= await this.#list();
        version = await this.#watch(version, () => (retryMs = FIRST_RETRY_MS));
      } catch (error) {
        if (signal.aborted) return;
        version = undefined;
        this.#onError(error as Error);
        await this.#clock.sleep(retryMs, signal).catch(() => {});
        retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
      }
    }
  }

  async #list(): Promise<string> {
    const answer = await this.#open('');
    const table = JSON.parse(await textOf(answer)) as Table;
    const listed = new Set(table.rows.map(({ object }) => uidOf(object)));
    for (const uid of this.#rows.keys()) if (!listed.has(uid)) this.#rows.delete(uid);
    this.#take(table, false);
    this.#announce();
    return table.metadata.resourceVersion;
  }

  /** @returns where to go on */
  async #watch(from: string, onAlive: () => void): Promise<string | undefined> {
    const answer = await this.#open(`&watch=true&allowWatchBookmarks=true&resourceVersion=${from}`);
    onAlive();
    let last = from;
    for await (const line of linesOf(answer) as AsyncGenerator<WatchLine>) {
      if (line.type === 'ERROR') return undefined;
      last = line.object.metadata?.resourceVersion ?? line.object.rows?.[0]?.object.metadata.resourceVersion ?? last;
      if (line.type === 'BOOKMARK') continue;
      this.#take(line.object, line.type === 'DELETED');
      this.#announce();
    }
    return last;
  }

  async #open(query: string): Promise<Awaited<ReturnType<Channel['open']>>> {
    const separator = this.#path.includes('?') ? '&' : '?';
    const answer = await this.#connection.open({ method: 'GET', path: `${this.#path}${separator}includeObject=Object${query}`, headers: { accept: TABLE }, signal: this.#abort.signal });
    if (answer.statusCode === 200) return answer;
    throw new Error(`GET ${this.#path}: ${answer.statusCode} ${(await textOf(answer)).slice(0, 200)}`);
  }

  #take(table: Table, gone: boolean): void {
    if (table.columnDefinitions && table.columnDefinitions.length > 0) this.#columns = table.columnDefinitions.map(({ name }) => name);
    for (const { cells, object } of table.rows ?? []) {
      const uid = uidOf(object);
      if (gone) this.#rows.delete(uid);
      else this.#rows.set(uid, { object: object as T, cells: Object.fromEntries(this.#columns.map((column, index) => [column, String(cells[index] ?? '')])) });
    }
  }

  /** Once a turn, however many lines arrived in it. */
  #announce(): void {
    if (!this.#announced) return;
    this.#announced = false;
    queueMicrotask(() => {
      this.#announced = true;
      if (!this.#abort.signal.aborted) this.#onChange(this.#rows);
    });
  }
}

function uidOf({ metadata }: KubeObject): string {
  return metadata.uid ?? metadata.name;
}
