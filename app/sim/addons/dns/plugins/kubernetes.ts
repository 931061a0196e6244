import type { Answer } from 'dns-packet';
import type { EndpointSlice, Namespace, Pod, Service } from '../../../../contracts/k8s/index.ts';
import { Informer } from '../../../client/informer.ts';
import { endpointSlices, namespaces, pods, services } from '../../../client/resource-types.ts';
import { CorefileError, type Directive } from '../corefile.ts';
import { failure, zoneFor, type DnsPlugin, type DnsQuestion, type DnsReply, type PluginContext } from '../plugin.ts';
import { ClusterRecords, type PodMode } from './cluster-records.ts';

interface Options {
  readonly zones: readonly string[];
  readonly ttl: number;
  readonly pods: PodMode;
  /** Zones for which others may answer what is not found here; [''] is all. */
  readonly fallthrough: readonly string[] | undefined;
}

/** Answers for Services and Pods out of what the API says. models coredns plugin/kubernetes */
export function kubernetes(context: PluginContext): DnsPlugin {
  const options = readOptions(context.directive, context.zones);
  const { client, clock } = context;
  const byService = (slice: { metadata: { namespace?: string; labels?: Record<string, string> } }): string[] => [`${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name']}`];
  const informers = {
    services: new Informer<Service>(client, clock, services).index('ip', (service) => service.spec?.clusterIPs ?? []),
    slices: new Informer<EndpointSlice>(client, clock, endpointSlices).index('service', byService).index('ip', (slice) => (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? [])),
    namespaces: new Informer<Namespace>(client, clock, namespaces),
    pods: options.pods === 'verified' ? new Informer<Pod>(client, clock, pods).index('ip', (pod) => (pod.status?.podIP ? [`${pod.metadata.namespace}/${pod.status.podIP}`] : [])) : undefined,
  };
  const all = [informers.services, informers.slices, informers.namespaces, ...(informers.pods ? [informers.pods] : [])];
  const records = new ClusterRecords(informers, options.pods, options.ttl);
  for (const informer of all) informer.start();
  return {
    isReady: () => all.every((informer) => informer.synced),
    dispose: () => all.forEach((informer) => informer.dispose()),
    async resolve(question, next) {
      const zone = zoneFor(question.name, options.zones);
      if (zone === undefined) return next(question);
      if (!all.every((informer) => informer.synced)) return failure('SERVFAIL');
      const found = zone.endsWith('in-addr.arpa') || zone.endsWith('ip6.arpa') ? records.reverse(question, clusterZone(options.zones)) : records.find(question, zone);
      if (found === undefined) {
        if (options.fallthrough && zoneFor(question.name, options.fallthrough) !== undefined) return next(question);
        return { code: 'NXDOMAIN', answers: [], authorities: [soa(zone, options.ttl)], authoritative: true };
      }
      return followAlias(context, question, found, zone, options.ttl);
    },
  };
}

/** A name that stands for another one brings what the other one has. */
async function followAlias(context: PluginContext, question: DnsQuestion, found: { answers: Answer[]; additionals?: Answer[] }, zone: string, ttl: number): Promise<DnsReply> {
  const alias = found.answers.find((answer) => answer.type === 'CNAME');
  const more = alias && question.type !== 'CNAME' ? (await context.lookup({ ...question, name: (alias as { data: string }).data })).answers : [];
  const answers = [...found.answers, ...more];
  return { code: 'NOERROR', answers, ...(found.additionals ? { additionals: found.additionals } : {}), ...(answers.length === 0 ? { authorities: [soa(zone, ttl)] } : {}), authoritative: true };
}

function clusterZone(zones: readonly string[]): string {
  return zones.find((zone) => !zone.endsWith('.arpa')) ?? 'cluster.local';
}

function soa(zone: string, ttl: number): Answer {
  return { type: 'SOA', name: zone, ttl, data: { mname: `ns.dns.${zone}`, rname: `hostmaster.${zone}`, serial: 1, refresh: 7_200, retry: 1_800, expire: 86_400, minimum: ttl } };
}

function readOptions({ args, body, line }: Directive, blockZones: readonly string[]): Options {
  const zones = (args.length > 0 ? args : blockZones).map((zone) => zone.replace(/\.$/, '').toLowerCase());
  let ttl = 5;
  let podMode: PodMode = 'disabled';
  let fallthrough: string[] | undefined;
  for (const option of body) {
    if (option.name === 'pods') podMode = option.args[0] as PodMode;
    else if (option.name === 'ttl') ttl = Number(option.args[0]);
    else if (option.name === 'fallthrough') fallthrough = option.args.length > 0 ? option.args.map((zone) => zone.replace(/\.$/, '')) : [''];
    else if (!['endpoint_pod_names', 'kubeconfig', 'namespaces', 'labels', 'endpoint', 'tls', 'noendpoints', 'ignore', 'transfer', 'upstream'].includes(option.name)) throw new CorefileError(`/etc/coredns/Corefile:${option.line} - Error during parsing: unknown property '${option.name}'`);
  }
  if (!['disabled', 'insecure', 'verified'].includes(podMode)) throw new CorefileError(`/etc/coredns/Corefile:${line} - Error during parsing: wrong value for pods: ${podMode},  must be one of: disabled, verified, insecure`);
  return { zones, ttl, pods: podMode, fallthrough };
}
