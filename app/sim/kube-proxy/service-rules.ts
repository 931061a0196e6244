import type { EndpointSlice, Service, Stored } from '../../contracts/k8s/index.ts';
import type { RuleEndpoint, ServiceRule } from '../network/service-rules.ts';

/** What decides which endpoints a node uses. */
export interface NodeView {
  readonly node: string;
  /** topology.kubernetes.io/zone of the node. */
  readonly zone: string | undefined;
}

interface Candidate extends RuleEndpoint {
  readonly ready: boolean;
  readonly servesWhileTerminating: boolean;
  readonly zones: readonly string[];
  readonly nodes: readonly string[];
}

/** The rules of one Service on one node. models pkg/proxy: iptables syncProxyRules and CategorizeEndpoints */
export function rulesOf(service: Stored<Service>, slices: readonly Stored<EndpointSlice>[], view: NodeView): ServiceRule[] {
  const spec = service.spec ?? {};
  if (!spec.clusterIP || spec.clusterIP === 'None' || spec.type === 'ExternalName') return [];
  const { namespace, name } = service.metadata;
  const affinity = spec.sessionAffinity === 'ClientIP' ? { sessionAffinitySeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800 } : {};
  return (spec.ports ?? []).flatMap((port): ServiceRule[] => {
    const candidates = slices.flatMap((slice) => candidatesOf(slice, port.name ?? ''));
    const cluster = usable(nearby(candidates, view));
    const local = usable(candidates.filter((candidate) => candidate.node === view.node));
    const base = { service: `${namespace}/${name}${port.name ? `:${port.name}` : ''}`, protocol: (port.protocol ?? 'TCP') as ServiceRule['protocol'], ...affinity };
    const by = (policy: string | undefined): Pick<ServiceRule, 'endpoints' | 'drop'> => {
      if (policy !== 'Local') return { endpoints: cluster.map(plain) };
      return { endpoints: local.map(plain), ...(local.length === 0 && cluster.length > 0 ? { drop: true } : {}) };
    };
    const inside = by(spec.internalTrafficPolicy);
    const outside = { ...by(spec.externalTrafficPolicy), ...(spec.externalTrafficPolicy === 'Local' ? {} : { masquerade: true }) };
    const external = [...(spec.externalIPs ?? []), ...(service.status?.loadBalancer?.ingress ?? []).flatMap((ingress) => (ingress.ip ? [ingress.ip] : []))];
    return [
      { ...base, address: spec.clusterIP!, port: port.port, ...inside },
      ...external.map((address) => ({ ...base, address, port: port.port, ...outside })),
      ...(port.nodePort ? [{ ...base, address: '', port: port.nodePort, ...outside }] : []),
    ];
  });
}

function plain({ address, port, node }: Candidate): RuleEndpoint {
  return { address, port, ...(node ? { node } : {}) };
}

/** Ready ones; when none is, those that still serve while they terminate. */
function usable(candidates: readonly Candidate[]): Candidate[] {
  const ready = candidates.filter((candidate) => candidate.ready);
  return ready.length > 0 ? ready : candidates.filter((candidate) => candidate.servesWhileTerminating);
}

/** Those hinted at for this node or its zone, if every ready endpoint has a hint. models pkg/proxy: topology hints */
function nearby(candidates: readonly Candidate[], { node, zone }: NodeView): readonly Candidate[] {
  const ready = candidates.filter((candidate) => candidate.ready);
  const choose = (hints: (candidate: Candidate) => readonly string[], own: string | undefined): Candidate[] | undefined => {
    if (own === undefined || ready.length === 0 || !ready.every((candidate) => hints(candidate).length > 0)) return undefined;
    const chosen = ready.filter((candidate) => hints(candidate).includes(own));
    return chosen.length > 0 ? chosen : undefined;
  };
  return choose((candidate) => candidate.nodes, node) ?? choose((candidate) => candidate.zones, zone) ?? candidates;
}

function candidatesOf(slice: Stored<EndpointSlice>, portName: string): Candidate[] {
  const port = (slice.ports ?? []).find((candidate) => (candidate.name ?? '') === portName)?.port;
  if (port === undefined) return [];
  return (slice.endpoints ?? []).flatMap((endpoint) =>
    (endpoint.addresses ?? []).map((address): Candidate => ({
      address, port, ...(endpoint.nodeName ? { node: endpoint.nodeName } : {}),
      ready: endpoint.conditions?.ready !== false,
      servesWhileTerminating: endpoint.conditions?.serving === true && endpoint.conditions.terminating === true,
      zones: (endpoint.hints?.forZones ?? []).map((hint) => hint.name), nodes: (endpoint.hints?.forNodes ?? []).map((hint) => hint.name),
    })),
  );
}
