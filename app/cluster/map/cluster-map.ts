import type { Clock } from '../../base/clock/index.ts';
import { DisposableStore, Emitter, type Disposable } from '../../base/lifecycle/index.ts';
import type { ClusterSnapshot } from '../../contracts/ipc/map.ts';
import type { EndpointSlice, Node, Pod, Service } from '../../contracts/k8s/index.ts';
import type { Cluster, ResourceRef, TableRow } from '../cluster.ts';
import { nodeViews, podViews, serviceViews } from './views.ts';

const core = (resource: string): ResourceRef => ({ group: '', version: 'v1', resource });
const PUSH_PERIOD_MS = 100;

type Rows<T> = ReadonlyMap<string, TableRow<T>>;

/**
 * What the diagram draws besides messages, kept from watches through the API, as any client sees it: when the API server is
 * down, the last known picture stays.
 */
export class ClusterMap implements Disposable {
  readonly #life = new DisposableStore();
  readonly #onDidChange = new Emitter<ClusterSnapshot>();
  readonly onDidChange = this.#onDidChange.event;
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #name: string | undefined;
  #nodes: Rows<Node> = new Map();
  #pods: Rows<Pod> = new Map();
  #services: Rows<Service> = new Map();
  #slices: Rows<EndpointSlice> = new Map();
  #version = '';
  #revision = 0;
  #timer: Disposable | undefined;

  /** @param name of a kind cluster or a context */
  constructor(cluster: Cluster, clock: Clock, name?: string) {
    this.#name = name;
    this.#cluster = cluster;
    this.#clock = clock;
    this.#life.add(cluster.onDidChangeStatus(() => this.#changed()));
    const components = cluster.capability('components');
    if (components) this.#life.add(components.onDidChange(() => this.#changed()));
  }

  /** Starts watching; the cluster must answer by now. */
  start(): void {
    const { client } = this.#cluster;
    const keep = <T>(ref: ResourceRef, take: (rows: Rows<T>) => void): void => {
      const onChange = (rows: Rows<T>): void => {
        take(rows);
        for (const { object } of rows.values()) this.#revision = Math.max(this.#revision, Number((object as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion ?? 0));
        this.#changed();
      };
      const watch = client.watchRows<T>(ref, onChange);
      this.#life.add({ dispose: () => watch.dispose() });
    };
    keep<Node>(core('nodes'), (rows) => (this.#nodes = rows));
    keep<Pod>(core('pods'), (rows) => (this.#pods = rows));
    keep<Service>(core('services'), (rows) => (this.#services = rows));
    keep<EndpointSlice>({ group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' }, (rows) => (this.#slices = rows));
    client.raw('GET', '/version').then(({ body }) => {
      this.#version = (JSON.parse(body) as { gitVersion: string }).gitVersion;
      this.#changed();
    }, () => {});
  }

  snapshot(): ClusterSnapshot {
    const { state, message } = this.#cluster.status;
    const pods = podViews(this.#pods);
    const parts = this.#cluster.capability('components')?.list() ?? [];
    return {
      provider: this.#cluster.provider, ...(this.#name ? { name: this.#name } : {}), state, message, version: this.#version, revision: this.#revision, pods, parts,
      nodes: nodeViews(this.#nodes, this.#pods),
      services: serviceViews(this.#services, this.#slices),
    };
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#life.dispose();
    this.#onDidChange.dispose();
  }

  #changed(): void {
    this.#timer ??= this.#clock.schedule(PUSH_PERIOD_MS, () => {
      this.#timer = undefined;
      this.#onDidChange.fire(this.snapshot());
    });
  }
}
