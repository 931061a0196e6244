import type { Service } from '../../../../contracts/k8s/index.ts';
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
  nameRule: 'dns1035-label',
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
    // Whoever changes only one of the pair means both. models service: normalizeClusterIPs
    const address = next.spec?.clusterIP;
    const isOnlyOneChanged = address && address !== previous.spec?.clusterIP && next.spec?.clusterIPs?.[0] === previous.spec?.clusterIPs?.[0];
    if (isOnlyOneChanged) next.spec!.clusterIPs = [address];
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
