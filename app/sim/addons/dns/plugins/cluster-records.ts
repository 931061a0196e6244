import type { Answer } from 'dns-packet';
import type { EndpointSlice, Namespace, Pod, Service, Stored } from '../../../../contracts/k8s/index.ts';
import type { Informer } from '../../../client/informer.ts';
import type { DnsQuestion } from '../plugin.ts';

export type PodMode = 'disabled' | 'insecure' | 'verified';

/** Records for a name that exists; empty answers: it exists, but has none of this type. */
interface Found {
  answers: Answer[];
  additionals?: Answer[];
}

/** Where a Service leads: an endpoint with its name, its address and its ports. */
interface EndpointRecord {
  readonly host: string;
  readonly address: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
}

export interface Sources {
  readonly services: Informer<Service>;
  readonly slices: Informer<EndpointSlice>;
  readonly namespaces: Informer<Namespace>;
  readonly pods: Informer<Pod> | undefined;
}

/**
 * The DNS schema of Kubernetes: `SERVICE.NAMESPACE.svc.ZONE`, `HOST.SERVICE…`, `_PORT._PROTO.SERVICE…`, `1-2-3-4.NAMESPACE.pod.ZONE`.
 * models kubernetes/dns: docs/specification.md, and coredns plugin/kubernetes: parseRequest, findServices
 */
export class ClusterRecords {
  readonly #sources: Sources;
  readonly #podMode: PodMode;
  readonly #ttl: number;

  constructor(sources: Sources, podMode: PodMode, ttl: number) {
    this.#sources = sources;
    this.#podMode = podMode;
    this.#ttl = ttl;
  }

  /** Undefined: no such name. */
  find(question: DnsQuestion, zone: string): Found | undefined {
    const labels = question.name.slice(0, Math.max(0, question.name.length - zone.length - 1)).split('.').filter(Boolean).reverse();
    const [kind, namespace, service, ...rest] = labels;
    if (kind === undefined) return { answers: [] };
    if (kind === 'dns-version' && namespace === undefined) return { answers: question.type === 'TXT' ? [{ type: 'TXT', name: question.name, ttl: this.#ttl, data: '1.1.0' }] : [] };
    if (kind === 'pod') return this.#pod(question, namespace, service, rest);
    if (kind !== 'svc') return undefined;
    if (namespace === undefined) return { answers: [] };
    if (!this.#sources.namespaces.get(namespace)) return undefined;
    if (service === undefined) return { answers: [] };
    const found = this.#sources.services.get(`${namespace}/${service}`);
    return found && this.#service(question, found, zone, rest);
  }

  /** Names of an address. */
  reverse(question: DnsQuestion, zone: string): Found | undefined {
    const address = question.name.replace(/\.in-addr\.arpa$/, '').split('.').reverse().join('.');
    const names = this.#sources.services.by('ip', address).map(({ metadata }) => `${metadata.name}.${metadata.namespace}.svc.${zone}`);
    if (names.length === 0) {
      for (const slice of this.#sources.slices.by('ip', address)) {
        const service = slice.metadata.labels?.['kubernetes.io/service-name'];
        for (const endpoint of slice.endpoints ?? []) if (service && endpoint.addresses?.includes(address)) names.push(`${hostOf(endpoint.hostname, address)}.${service}.${slice.metadata.namespace}.svc.${zone}`);
      }
    }
    if (names.length === 0) return undefined;
    return { answers: question.type === 'PTR' ? [...new Set(names)].map((data): Answer => ({ type: 'PTR', name: question.name, ttl: this.#ttl, data })) : [] };
  }

  #service(question: DnsQuestion, service: Stored<Service>, zone: string, rest: readonly string[]): Found | undefined {
    const { spec = {}, metadata } = service;
    const own = `${metadata.name}.${metadata.namespace}.svc.${zone}`;
    if (spec.type === 'ExternalName') return rest.length > 0 ? undefined : { answers: [{ type: 'CNAME', name: question.name, ttl: this.#ttl, data: spec.externalName! }] };
    const isHeadless = spec.clusterIP === 'None' || !spec.clusterIP;
    const isPortQuery = rest.length === 2 && rest.every((label) => label.startsWith('_'));
    if (isPortQuery) return this.#ports(question, service, own, isHeadless, rest[1]!.slice(1), rest[0]!.slice(1));
    if (rest.length > 1) return undefined;
    if (!isHeadless) {
      if (rest.length > 0) return undefined;
      return { answers: question.type === 'A' ? (spec.clusterIPs ?? []).map((data): Answer => this.#address(question.name, data)) : [], ...(question.type === 'SRV' ? this.#ports(question, service, own, false) : {}) };
    }
    const all = this.#endpoints(service);
    const chosen = rest.length === 0 ? all : all.filter(({ host }) => host === rest[0]);
    if (chosen.length === 0) return undefined;
    if (question.type === 'SRV') return this.#ports(question, service, own, true);
    return { answers: question.type === 'A' ? [...new Set(chosen.map(({ address }) => address))].map((data): Answer => this.#address(question.name, data)) : [] };
  }

  #address(name: string, data: string): Answer {
    return { type: 'A', name, ttl: this.#ttl, data };
  }

  /** SRV records of a port by name, or of all ports. */
  #ports(question: DnsQuestion, service: Stored<Service>, own: string, isHeadless: boolean, name?: string, protocol?: string): Found | undefined {
    const matches = (port: { name: string; protocol: string }): boolean => (name === undefined || port.name === name) && (protocol === undefined || port.protocol.toLowerCase() === protocol);
    const targets = isHeadless
      ? this.#endpoints(service).flatMap(({ host, address, ports }) => ports.filter(matches).map(({ port }) => ({ port, target: `${host}.${own}`, address })))
      : (service.spec?.ports ?? []).map(({ name: portName = '', port, protocol: kind = 'TCP' }) => ({ name: portName, protocol: kind, port })).filter(matches).map(({ port }) => ({ port, target: own, address: service.spec!.clusterIP! }));
    if (targets.length === 0) return undefined;
    if (question.type !== 'SRV') return { answers: question.type === 'A' ? [...new Set(targets.map(({ address }) => address))].map((data): Answer => this.#address(question.name, data)) : [] };
    const weight = Math.max(1, Math.floor(100 / targets.length));
    return {
      answers: targets.map(({ port, target }): Answer => ({ type: 'SRV', name: question.name, ttl: this.#ttl, data: { priority: 0, weight, port, target } })),
      additionals: [...new Map(targets.map(({ target, address }) => [target, this.#address(target, address)])).values()],
    };
  }

  /** Those that are ready, or all where the Service publishes all. */
  #endpoints({ metadata }: Stored<Service>): EndpointRecord[] {
    return this.#sources.slices.by('service', `${metadata.namespace}/${metadata.name}`).flatMap((slice) =>
      (slice.endpoints ?? []).filter((endpoint) => endpoint.conditions?.ready !== false).flatMap((endpoint) =>
        (endpoint.addresses ?? []).map((address) => ({ host: hostOf(endpoint.hostname, address), address, ports: (slice.ports ?? []).map(({ name = '', port = 0, protocol = 'TCP' }) => ({ name, port, protocol })) })),
      ),
    );
  }

  #pod(question: DnsQuestion, namespace: string | undefined, host: string | undefined, rest: readonly string[]): Found | undefined {
    if (this.#podMode === 'disabled' || rest.length > 0) return undefined;
    if (namespace === undefined) return { answers: [] };
    if (!this.#sources.namespaces.get(namespace)) return undefined;
    if (host === undefined) return { answers: [] };
    const address = /^\d+-\d+-\d+-\d+$/.test(host) ? host.replace(/-/g, '.') : undefined;
    if (!address) return undefined;
    if (this.#podMode === 'verified' && (this.#sources.pods?.by('ip', `${namespace}/${address}`).length ?? 0) === 0) return undefined;
    return { answers: question.type === 'A' ? [this.#address(question.name, address)] : [] };
  }
}

function hostOf(hostname: string | undefined, address: string): string {
  return hostname || address.replace(/\./g, '-');
}
