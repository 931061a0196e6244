import type { Clock } from '../../base/clock/index.ts';
import { DisposableStore, Emitter, type Disposable } from '../../base/lifecycle/index.ts';
import type { EndpointSlice, Service, Stored } from '../../contracts/k8s/index.ts';
import type { PartId } from '../../contracts/trace/index.ts';
import { ApiClient } from '../client/api-client.ts';
import { Informer } from '../client/informer.ts';
import { endpointSlices, services } from '../client/resource-types.ts';
import type { Component, Inspection } from '../machinery/component.ts';
import type { TransportFactory } from '../machinery/transport.ts';
import type { RuleTable, ServiceRule } from '../network/service-rules.ts';

/** Changes are gathered this long before the rules are written again. models kube-proxy: --iptables-min-sync-period */
const SYNC_PERIOD_MS = 100;

export interface KubeProxyOptions {
  readonly node: string;
  readonly transport: TransportFactory;
  readonly clock: Clock;
  readonly rules: RuleTable;
}

/** Turns Services and their EndpointSlices into the rules that packets of this node follow. Stopped, the rules stay. */
export class KubeProxy implements Component {
  readonly id: PartId;
  readonly #options: KubeProxyOptions;
  readonly #onDidChange = new Emitter<boolean>();
  readonly onDidChange = this.#onDidChange.event;
  #run: { life: DisposableStore; services: Informer<Service>; slices: Informer<EndpointSlice>; timer: Disposable | undefined } | undefined;

  constructor(options: KubeProxyOptions) {
    this.#options = options;
    this.id = `kube-proxy/${options.node}`;
  }

  get running(): boolean {
    return this.#run !== undefined;
  }

  start(): void {
    if (this.#run) return;
    const { transport, clock } = this.#options;
    const user = { name: 'system:kube-proxy', groups: ['system:authenticated'] };
    const client = new ApiClient(transport({ part: this.id, user, userAgent: 'kube-proxy/v1.36.2' }));
    const life = new DisposableStore();
    const run = {
      life, timer: undefined as Disposable | undefined,
      services: life.add(new Informer<Service>(client, clock, services)),
      slices: life.add(new Informer<EndpointSlice>(client, clock, endpointSlices).index('service', (slice) => [`${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name']}`])),
    };
    this.#run = run;
    const changed = (): void => this.#schedule();
    run.services.handle({ onAdd: changed, onUpdate: changed, onDelete: changed });
    run.slices.handle({ onAdd: changed, onUpdate: changed, onDelete: changed });
    run.services.start();
    run.slices.start();
    this.#onDidChange.fire(true);
  }

  stop(): void {
    if (!this.#run) return;
    this.#run.timer?.dispose();
    this.#run.life.dispose();
    this.#run = undefined;
    this.#onDidChange.fire(false);
  }

  inspect(): Inspection {
    const { rules } = this.#options.rules;
    return {
      now: this.#run ? count(rules.length) : `stopped: ${count(rules.length)} stay${rules.length === 1 ? 's' : ''} as before`,
      facts: [{ name: 'Rules', value: rules.length }],
      detail: { rules: rules.map(({ service, address, port, endpoints }) => ({ service, address: address || 'any node', port, endpoints: endpoints.map((endpoint) => `${endpoint.address}:${endpoint.port}`) })) },
    };
  }

  dispose(): void {
    this.stop();
    this.#onDidChange.dispose();
  }

  #schedule(): void {
    const run = this.#run;
    if (!run || run.timer) return;
    run.timer = this.#options.clock.schedule(SYNC_PERIOD_MS, () => {
      run.timer = undefined;
      if (run.services.synced && run.slices.synced) this.#options.rules.replace(run.services.list().flatMap((service) => this.#rulesOf(service, run.slices)));
      else this.#schedule();
    });
  }

  #rulesOf(service: Stored<Service>, slices: Informer<EndpointSlice>): ServiceRule[] {
    const spec = service.spec ?? {};
    if (!spec.clusterIP || spec.clusterIP === 'None' || spec.type === 'ExternalName') return [];
    const { namespace, name } = service.metadata;
    const own = slices.by('service', `${namespace}/${name}`);
    return (spec.ports ?? []).flatMap((port): ServiceRule[] => {
      const all = own.flatMap((slice) => endpointsOf(slice, port.name ?? ''));
      const local = all.filter((endpoint) => endpoint.node === this.#options.node);
      const base = { service: `${namespace}/${name}${port.name ? `:${port.name}` : ''}`, protocol: (port.protocol ?? 'TCP') as ServiceRule['protocol'] };
      const inside = spec.internalTrafficPolicy === 'Local' ? local : all;
      const outside = spec.externalTrafficPolicy === 'Local' ? local : all;
      const external = [...(spec.externalIPs ?? []), ...(service.status?.loadBalancer?.ingress ?? []).flatMap((ingress) => (ingress.ip ? [ingress.ip] : []))];
      return [
        { ...base, address: spec.clusterIP!, port: port.port, endpoints: inside },
        ...external.map((address) => ({ ...base, address, port: port.port, endpoints: outside })),
        ...(port.nodePort ? [{ ...base, address: '', port: port.nodePort, endpoints: outside }] : []),
      ];
    });
  }
}

/** Ready ones; when none is, those that still serve while they terminate. models proxy: CategorizeEndpoints */
function endpointsOf(slice: Stored<EndpointSlice>, portName: string): ServiceRule['endpoints'] {
  const port = (slice.ports ?? []).find((candidate) => (candidate.name ?? '') === portName)?.port;
  if (port === undefined) return [];
  const make = (select: (conditions: { ready?: boolean; serving?: boolean; terminating?: boolean }) => boolean): { address: string; port: number; node?: string }[] =>
    (slice.endpoints ?? []).filter((endpoint) => select(endpoint.conditions ?? {})).flatMap((endpoint) => (endpoint.addresses ?? []).map((address) => ({ address, port, ...(endpoint.nodeName ? { node: endpoint.nodeName } : {}) })));
  const ready = make((conditions) => conditions.ready !== false);
  return ready.length > 0 ? ready : make((conditions) => conditions.serving === true && conditions.terminating === true);
}

function count(rules: number): string {
  return `${rules} rule${rules === 1 ? '' : 's'}`;
}
