import type { Service, ServiceSpec } from '../../../../contracts/k8s/index.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { labelsText, objectAge, objectName } from '../../shared/ages.ts';
import { validateService } from './validation.ts';

export const service = defineResource<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  scope: 'Namespaced',
  shortNames: ['svc'],
  categories: ['all'],
  schema: 'io.k8s.api.core.v1.Service',
  storage: 'services/specs',
  nameRule: 'dns-label',
  allowCreateOnUpdate: true,

  applyDefaults(object) {
    const spec = (object.spec ??= {});
    spec.type ??= 'ClusterIP';
    spec.sessionAffinity ??= 'None';
    if (spec.sessionAffinity === 'ClientIP') {
      spec.sessionAffinityConfig ??= {};
      spec.sessionAffinityConfig.clientIP ??= {};
      spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= 10_800;
    }
    for (const port of spec.ports ?? []) {
      port.protocol ??= 'TCP';
      if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
    }
    if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') spec.externalTrafficPolicy ??= 'Cluster';
    if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  },

  /** Addresses and node ports are given by the registry's allocators (`apiserver/registry/service-allocation.ts`). */
  prepareForCreate(object) {
    object.status = { loadBalancer: {} };
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    patchAllocated(next.spec!, previous.spec!);
    dropWhatTheTypeForbids(next.spec!, previous.spec!);
  },
  validate: validateService,

  columns: columnsOf<Service>('v1/services', [
    objectName,
    (object) => object.spec?.type ?? '',
    (object) => object.spec?.clusterIP || '<none>',
    externalText,
    portsText,
    objectAge,
    (object) => labelsText(object.spec?.selector),
  ]),
  selectableFields: { 'spec.clusterIP': (object) => object.spec?.clusterIP ?? '', 'spec.type': (object) => object.spec?.type ?? '' },
  warnings: serviceWarnings,
  subresources: { status: {}, others: { proxy: { kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] } } },
});

/** models printers: getServiceExternalIP */
function externalText(object: Readonly<Service>): string {
  const spec = object.spec ?? {};
  const external = spec.externalIPs ?? [];
  if (spec.type === 'ExternalName') return spec.externalName ?? '';
  if (spec.type === 'LoadBalancer') {
    const assigned = (object.status?.loadBalancer?.ingress ?? []).map((ingress) => ingress.ip || ingress.hostname || '');
    const all = [...assigned, ...external];
    return all.length > 0 ? all.join(',') : '<pending>';
  }
  return external.length > 0 ? external.join(',') : '<none>';
}

function portsText(object: Readonly<Service>): string {
  const ports = (object.spec?.ports ?? []).map((port) => (port.nodePort ? `${port.port}:${port.nodePort}/${port.protocol}` : `${port.port}/${port.protocol}`));
  return ports.join(',') || '<none>';
}

const hasAddress = (spec: ServiceSpec): boolean => spec.type !== 'ExternalName';
const hasNodePorts = (spec: ServiceSpec): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer';

/** What an update leaves out stays as it was given. models pkg/registry/core/service: normalizeClusterIPs, patchAllocatedValues */
function patchAllocated(next: ServiceSpec, previous: Readonly<ServiceSpec>): void {
  // Whoever changes only one of the pair means both.
  const isOnlyOneChanged = next.clusterIP && next.clusterIP !== previous.clusterIP && next.clusterIPs?.[0] === previous.clusterIPs?.[0];
  if (isOnlyOneChanged) next.clusterIPs = [next.clusterIP!];
  if (hasAddress(next) && hasAddress(previous)) {
    if (!next.clusterIP && !(next.clusterIPs ?? []).length && previous.clusterIP) next.clusterIP = previous.clusterIP;
    if (!(next.clusterIPs ?? []).length && next.clusterIP === previous.clusterIP && previous.clusterIPs) next.clusterIPs = [...previous.clusterIPs];
  }
  if (!hasNodePorts(next) || !hasNodePorts(previous)) return;
  const used = new Set((next.ports ?? []).map((port) => port.nodePort));
  for (const port of next.ports ?? []) {
    if (port.nodePort) continue;
    const before = previous.ports?.find((candidate) => candidate.port === port.port && candidate.protocol === port.protocol)?.nodePort;
    if (before && !used.has(before)) port.nodePort = before;
  }
  if (!next.healthCheckNodePort && next.externalTrafficPolicy === 'Local' && previous.healthCheckNodePort) next.healthCheckNodePort = previous.healthCheckNodePort;
}

/** A change of type alone takes along the fields that the new type cannot have. models dropTypeDependentFields */
function dropWhatTheTypeForbids(next: ServiceSpec, previous: Readonly<ServiceSpec>): void {
  const drop = (...fields: (keyof ServiceSpec)[]): void => {
    for (const field of fields) if (deepEqual(next[field], previous[field])) delete next[field];
  };
  if (hasAddress(previous) && !hasAddress(next)) drop('clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
  if (hasNodePorts(previous) && !hasNodePorts(next)) {
    const nodePorts = (spec: Readonly<ServiceSpec>): unknown => (spec.ports ?? []).map((port) => port.nodePort);
    if (deepEqual(nodePorts(next), nodePorts(previous))) for (const port of next.ports ?? []) delete port.nodePort;
    drop('externalTrafficPolicy');
  }
  const needsHealthCheck = (spec: Readonly<ServiceSpec>): boolean => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
  if (needsHealthCheck(previous) && !needsHealthCheck(next)) drop('healthCheckNodePort');
  if (previous.type === 'LoadBalancer' && next.type !== 'LoadBalancer') drop('allocateLoadBalancerNodePorts', 'loadBalancerClass');
  if (previous.type === 'ExternalName' && next.type !== 'ExternalName') drop('externalName');
}

/** models pkg/api/service: GetWarningsForService */
function serviceWarnings(object: Readonly<Service>): string[] {
  const spec = object.spec ?? {};
  return [
    ...((spec.externalIPs ?? []).length > 0 ? ['spec.externalIPs is deprecated and may no longer be implemented in some clusters'] : []),
    ...(spec.clusterIP === 'None' && spec.loadBalancerIP ? ['spec.loadBalancerIP is ignored for Headless services'] : []),
    ...(spec.clusterIP === 'None' && (spec.externalIPs ?? []).length > 0 ? ['spec.externalIPs is ignored for Headless services'] : []),
    ...(spec.clusterIP === 'None' && spec.sessionAffinity && spec.sessionAffinity !== 'None' ? ['spec.SessionAffinity is ignored for Headless services'] : []),
  ];
}
