import type { Clock } from '../../base/clock/index.ts';
import { OrreryError } from '../../base/errors/index.ts';
import type { KubeObject } from '../../contracts/k8s/index.ts';
import type { KubeClient, ListResult, ResourceRef, TableRow } from '../cluster.ts';
import { Connection, readCredentials, textOf, type Channel } from './connection.ts';
import { TableWatcher } from './watcher.ts';

type Resolved = ResourceRef & { namespaced: boolean };

/** `/apis/apps/v1/namespaces/lab/deployments/web` */
export function pathOf({ group, version, resource, namespace }: ResourceRef, name?: string): string {
  const base = group ? `/apis/${group}/${version}` : `/api/${version}`;
  return `${base}${namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''}/${resource}${name ? `/${encodeURIComponent(name)}` : ''}`;
}

/** The API client of checks, diagram and labs, over HTTPS with a kubeconfig. Its user agent `orrery/…` leaves no trace. */
export class HttpsKubeClient implements KubeClient {
  readonly #connection: Channel;
  readonly #clock: Clock;
  readonly #watchers = new Set<{ dispose(): void }>();
  #kinds: Promise<Map<string, Resolved>> | undefined;

  /** @param to a kubeconfig's text, or another way to the API server */
  constructor(to: string | Channel, clock: Clock, userAgent = 'orrery/0.1') {
    this.#connection = typeof to === 'string' ? new Connection(readCredentials(to), userAgent) : to;
    this.#clock = clock;
  }

  async list<T = KubeObject>(ref: ResourceRef, options: { labelSelector?: string; fieldSelector?: string; signal?: AbortSignal } = {}): Promise<ListResult<T>> {
    const query = new URLSearchParams();
    if (options.labelSelector) query.set('labelSelector', options.labelSelector);
    if (options.fieldSelector) query.set('fieldSelector', options.fieldSelector);
    const list = (await this.#send('GET', `${pathOf(ref)}?${query}`, undefined, options.signal)) as { kind?: string; apiVersion?: string; items: readonly T[]; metadata: { resourceVersion: string } };
    const kind = list.kind?.replace(/List$/, '');
    return { items: list.items.map((item) => ({ apiVersion: list.apiVersion, kind, ...item })), resourceVersion: list.metadata.resourceVersion };
  }

  async get<T = KubeObject>(ref: ResourceRef, name: string, signal?: AbortSignal): Promise<T | undefined> {
    return (await this.#send('GET', pathOf(ref, name), undefined, signal, true)) as T | undefined;
  }

  async create<T = KubeObject>(ref: ResourceRef, object: unknown, signal?: AbortSignal): Promise<T> {
    return (await this.#send('POST', pathOf(ref), object, signal)) as T;
  }

  async apply<T = KubeObject>(ref: ResourceRef, name: string, object: unknown, signal?: AbortSignal): Promise<T> {
    const answer = await this.raw('PATCH', `${pathOf(ref, name)}?fieldManager=orrery&force=true`, { body: object, headers: { 'content-type': 'application/apply-patch+yaml' }, signal });
    return read(answer, 'PATCH', pathOf(ref, name)) as T;
  }

  async delete(ref: ResourceRef, name: string, options: { gracePeriodSeconds?: number; signal?: AbortSignal } = {}): Promise<void> {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background', ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }) };
    await this.#send('DELETE', pathOf(ref, name), body, options.signal, true);
  }

  watchAll<T = KubeObject>(ref: ResourceRef, onChange: (items: ReadonlyMap<string, T>) => void, onError?: (error: Error) => void): { dispose(): void } {
    return this.watchRows<T>(ref, (rows) => onChange(new Map([...rows].map(([uid, { object }]) => [uid, object]))), onError);
  }

  watchRows<T = KubeObject>(ref: ResourceRef, onChange: (rows: ReadonlyMap<string, TableRow<T>>) => void, onError?: (error: Error) => void): { dispose(): void } {
    const watcher = new TableWatcher<T>({ connection: this.#connection, path: pathOf(ref), clock: this.#clock, onChange, ...(onError ? { onError } : {}) });
    this.#watchers.add(watcher);
    return { dispose: () => (watcher.dispose(), void this.#watchers.delete(watcher)) };
  }

  async raw(method: string, path: string, options: { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal } = {}): Promise<{ code: number; headers: Record<string, string>; body: string }> {
    const answer = await this.#connection.open({ method, path, ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }), ...(options.headers ? { headers: options.headers } : {}), ...(options.signal ? { signal: options.signal } : {}) });
    return { code: answer.statusCode ?? 0, headers: answer.headers as Record<string, string>, body: await textOf(answer) };
  }

  async resolveKind(apiVersion: string | undefined, kind: string): Promise<Resolved> {
    this.#kinds ??= this.#discover();
    const find = (kinds: Map<string, Resolved>): Resolved | undefined => kinds.get(apiVersion ? `${apiVersion}/${kind}` : kind);
    const found = find(await this.#kinds.catch(() => new Map<string, Resolved>())) ?? find(await (this.#kinds = this.#discover()));
    if (!found) throw new OrreryError('unknown-kind', `The cluster serves no ${kind}${apiVersion ? ` of ${apiVersion}` : ''}.`);
    return found;
  }

  dispose(): void {
    for (const watcher of this.#watchers) watcher.dispose();
    this.#watchers.clear();
    this.#connection.dispose();
  }

  /** Every served kind, by `Kind` (first group wins, core first) and by `group/version/Kind`. */
  async #discover(): Promise<Map<string, Resolved>> {
    const groups = (await this.#send('GET', '/apis', undefined)) as { groups: readonly { preferredVersion: { groupVersion: string } }[] };
    const kinds = new Map<string, Resolved>();
    for (const groupVersion of ['v1', ...groups.groups.map(({ preferredVersion }) => preferredVersion.groupVersion)]) {
      const [group, version] = groupVersion.includes('/') ? (groupVersion.split('/') as [string, string]) : (['', groupVersion] as const);
      const answer = await this.raw('GET', group ? `/apis/${groupVersion}` : `/api/${version}`);
      // A group behind a Service that is down: the others are served all the same. models client-go/discovery: ErrGroupDiscoveryFailed
      if (group && (answer.code === 503 || answer.code === 404)) continue;
      const list = read(answer, 'GET', groupVersion) as { resources: readonly { name: string; kind: string; namespaced: boolean }[] };
      for (const { name, kind, namespaced } of list.resources) {
        if (name.includes('/')) continue;
        const resolved = { group, version, resource: name, namespaced };
        kinds.set(`${groupVersion}/${kind}`, resolved);
        if (!kinds.has(kind)) kinds.set(kind, resolved);
      }
    }
    return kinds;
  }

  async #send(method: string, path: string, body: unknown, signal?: AbortSignal, missingIsFine = false): Promise<unknown> {
    const answer = await this.raw(method, path, { body, ...(signal ? { signal } : {}) });
    return missingIsFine && answer.code === 404 ? undefined : read(answer, method, path);
  }
}

function read(answer: { code: number; body: string }, method: string, path: string): unknown {
  if (answer.code < 300) return JSON.parse(answer.body);
  let message = answer.body.slice(0, 300);
  try {
    message = (JSON.parse(answer.body) as { message: string }).message;
  } catch {
    // Not a Status object: the text is shown as it is.
  }
  throw new OrreryError(`http-${answer.code}`, `${method} ${path}: ${message}`);
}
