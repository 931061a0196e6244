import { rfc3339 } from '../../../base/clock/index.ts';
import type { CoreV1EndpointPort as EndpointPort, Endpoint, EndpointSlice, Endpoints, Pod, Service, Stored } from '../../../contracts/k8s/index.ts';
import type { DiscoveryV1EndpointPort } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { endpoints, endpointSlices, nodes, pods, services } from '../../client/resource-types.ts';
import { selectorFromSet } from '../../machinery/labels.ts';
import { clone, deepEqual, keyOf, splitKey } from '../../machinery/objects.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { isReady } from '../pods.ts';

const MANAGED_BY = 'endpointslice-controller.k8s.io';
const SERVICE_NAME = 'kubernetes.io/service-name';

/** Writes down which Pods stand behind a Service. models pkg/controller/endpointslice */
export const endpointSliceController: Controller = {
  name: 'endpointslice',
  serviceAccount: 'endpointslice-controller',
  start(context) {
    return startServiceLoop('endpointslice', context, new SliceWorker(context));
  },
};

/** The older Endpoints object of the same. models pkg/controller/endpoint */
export const endpointsController: Controller = {
  name: 'endpoints',
  serviceAccount: 'endpoint-controller',
  start(context) {
    return startServiceLoop('endpoints', context, new EndpointsWorker(context));
  },
};

function startServiceLoop(name: string, context: ControllerContext, worker: { reconcile(key: string, cause: Cause): Promise<void> }): ControlLoop {
  const { informers } = context;
  const loop = new ControlLoop(name, context.clock, worker, 5);
  const enqueueServicesOf = (pod: Stored<Pod>, cause: Cause): void => {
    for (const service of informers.of(services).inNamespace(pod.metadata.namespace!)) {
      if (selects(service, pod)) loop.queue.add(keyOf(service), cause);
    }
  };
  informers.of(services).handle({
    onAdd: (service, cause) => loop.queue.add(keyOf(service), cause),
    onUpdate: (service, _, cause) => loop.queue.add(keyOf(service), cause),
    onDelete: (service, cause) => loop.queue.add(keyOf(service), cause),
  });
  informers.of(pods).handle({
    onAdd: enqueueServicesOf,
    onUpdate(pod, previous, cause) {
      enqueueServicesOf(pod, cause);
      if (!deepEqual(pod.metadata.labels, previous.metadata.labels)) enqueueServicesOf(previous, cause);
    },
    onDelete: enqueueServicesOf,
  });
  return loop;
}

function selects(service: Stored<Service>, pod: Stored<Pod>): boolean {
  const selector = service.spec?.selector;
  return selector !== undefined && Object.keys(selector).length > 0 && selectorFromSet(selector).matches(pod.metadata.labels);
}

/** Pods that belong into slices: with an address and not finished. */
function backing(context: ControllerContext, service: Stored<Service>): Stored<Pod>[] {
  return context.informers.of(pods).inNamespace(service.metadata.namespace!)
    .filter((pod) => selects(service, pod) && pod.status?.podIP && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed');
}

/** The number behind a targetPort: a name is looked up in the Pod. models podutil: FindPort */
export function portNumber(pod: Stored<Pod>, target: number | string | undefined, protocol: string): number | undefined {
  if (typeof target === 'number') return target;
  return (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []).find((port) => port.name === target && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}

class SliceWorker {
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  async reconcile(key: string, cause: Cause): Promise<void> {
    const { informers, client, clock } = this.#context;
    const { namespace, name } = splitKey(key);
    const service = informers.of(services).get(key);
    const existing = informers.of(endpointSlices).inNamespace(namespace!).filter((slice) => slice.metadata.labels?.[SERVICE_NAME] === name && slice.metadata.labels['endpointslice.kubernetes.io/managed-by'] === MANAGED_BY);
    if (!service) {
      for (const slice of existing) await this.#delete(slice, cause);
      return;
    }
    if (!service.spec?.selector || service.spec.type === 'ExternalName') return;
    if (!informers.of(pods).synced || !informers.of(endpointSlices).synced || !informers.of(nodes).synced) throw new Error('not listed yet');
    const wanted = this.#desired(service);
    const labels = sliceLabels(service);
    for (const [index, content] of wanted.entries()) {
      const slice = existing[index];
      if (!slice) {
        await client.create(endpointSlices, namespace, { metadata: { generateName: `${name}-`, labels, annotations: triggerTime(clock.now()), ownerReferences: [ownerOf(service)] }, addressType: 'IPv4', ...content }, cause);
      } else if (!deepEqual({ endpoints: slice.endpoints ?? null, ports: slice.ports ?? null }, { endpoints: content.endpoints.length > 0 ? content.endpoints : slice.endpoints ?? null, ports: content.ports.length > 0 ? content.ports : slice.ports ?? null }) || !deepEqual(slice.metadata.labels, labels) || (content.endpoints.length === 0 && (slice.endpoints ?? []).length > 0)) {
        const next = clone(slice) as Stored<EndpointSlice>;
        await client.update(endpointSlices, { ...next, metadata: { ...next.metadata, labels, annotations: { ...next.metadata.annotations, ...triggerTime(clock.now()) } }, ...content } as Stored<EndpointSlice>, cause);
      }
    }
    for (const slice of existing.slice(wanted.length)) await this.#delete(slice, cause);
  }

  async #delete(slice: Stored<EndpointSlice>, cause: Cause): Promise<void> {
    await this.#context.client.delete(endpointSlices, slice.metadata.namespace, slice.metadata.name, undefined, cause).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  /** One slice for each set of port numbers, at most 100 endpoints in it. */
  #desired(service: Stored<Service>): { endpoints: Endpoint[]; ports: DiscoveryV1EndpointPort[] }[] {
    const groups = new Map<string, { endpoints: Endpoint[]; ports: DiscoveryV1EndpointPort[] }>();
    for (const pod of backing(this.#context, service)) {
      const ports = (service.spec?.ports ?? []).flatMap((port): DiscoveryV1EndpointPort[] => {
        const number = portNumber(pod, port.targetPort, port.protocol ?? 'TCP');
        return number === undefined ? [] : [{ name: port.name ?? '', port: number, protocol: port.protocol ?? 'TCP', ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}) }];
      });
      const identity = JSON.stringify(ports);
      const group = groups.get(identity) ?? { endpoints: [], ports };
      group.endpoints.push(this.#endpoint(pod, service));
      groups.set(identity, group);
    }
    if (groups.size === 0) return [{ endpoints: [], ports: [] }];
    return [...groups.values()].flatMap(({ endpoints: all, ports }) => {
      const slices = [];
      for (let start = 0; start < all.length; start += 100) slices.push({ endpoints: all.slice(start, start + 100), ports });
      return slices;
    });
  }

  #endpoint(pod: Stored<Pod>, service: Stored<Service>): Endpoint {
    const serving = isReady(pod);
    const terminating = pod.metadata.deletionTimestamp !== undefined;
    const ready = service.spec?.publishNotReadyAddresses ? true : serving && !terminating;
    const zone = this.#context.informers.of(nodes).get(pod.spec?.nodeName ?? '')?.metadata.labels?.['topology.kubernetes.io/zone'];
    return {
      addresses: [pod.status!.podIP!],
      conditions: { ready, serving, terminating },
      ...(pod.spec?.hostname && pod.spec.subdomain === service.metadata.name ? { hostname: pod.spec.hostname } : {}),
      targetRef: { kind: 'Pod', namespace: pod.metadata.namespace!, name: pod.metadata.name, uid: pod.metadata.uid },
      nodeName: pod.spec!.nodeName!,
      ...(zone ? { zone } : {}),
    };
  }
}

function sliceLabels(service: Stored<Service>): Record<string, string> {
  return {
    ...service.metadata.labels,
    ...(service.spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
    'endpointslice.kubernetes.io/managed-by': MANAGED_BY,
    [SERVICE_NAME]: service.metadata.name,
  };
}

function triggerTime(now: number): Record<string, string> {
  return { 'endpoints.kubernetes.io/last-change-trigger-time': rfc3339(now) };
}

function ownerOf(service: Stored<Service>): object {
  return { apiVersion: 'v1', kind: 'Service', name: service.metadata.name, uid: service.metadata.uid, controller: true, blockOwnerDeletion: true };
}

class EndpointsWorker {
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  async reconcile(key: string, cause: Cause): Promise<void> {
    const { informers, client, clock } = this.#context;
    const { namespace, name } = splitKey(key);
    const service = informers.of(services).get(key);
    if (!informers.of(endpoints).synced || !informers.of(pods).synced) throw new Error('not listed yet');
    const existing = informers.of(endpoints).get(key);
    if (!service) {
      if (existing) await client.delete(endpoints, namespace, name, undefined, cause).catch((error: unknown) => { if (!isNotFound(error)) throw error; });
      return;
    }
    if (!service.spec?.selector) return;
    const subsets = this.#subsets(service);
    const labels = { ...service.metadata.labels, 'endpoints.kubernetes.io/managed-by': 'endpoint-controller', ...(service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}) };
    if (!existing) {
      await client.create(endpoints, namespace, { metadata: { name, labels, annotations: triggerTime(clock.now()) }, ...(subsets.length > 0 ? { subsets } : {}) }, cause);
    } else if (!deepEqual(existing.subsets ?? [], subsets) || !deepEqual(existing.metadata.labels, labels)) {
      const { subsets: _, ...rest } = existing;
      await client.update(endpoints, { ...rest, metadata: { ...existing.metadata, labels, annotations: { ...existing.metadata.annotations, ...triggerTime(clock.now()) } }, ...(subsets.length > 0 ? { subsets } : {}) } as Stored<Endpoints>, cause);
    }
  }

  #subsets(service: Stored<Service>): NonNullable<Endpoints['subsets']> {
    const groups = new Map<string, { ports: EndpointPort[]; ready: object[]; notReady: object[] }>();
    for (const pod of backing(this.#context, service)) {
      if (pod.metadata.deletionTimestamp) continue;
      const ports = (service.spec?.ports ?? []).flatMap((port): EndpointPort[] => {
        const number = portNumber(pod, port.targetPort, port.protocol ?? 'TCP');
        return number === undefined ? [] : [{ ...(port.name ? { name: port.name } : {}), port: number, protocol: port.protocol ?? 'TCP' } as EndpointPort];
      });
      const group = groups.get(JSON.stringify(ports)) ?? { ports, ready: [], notReady: [] };
      const address = { ip: pod.status!.podIP!, nodeName: pod.spec!.nodeName!, targetRef: { kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid } };
      (isReady(pod) || service.spec?.publishNotReadyAddresses ? group.ready : group.notReady).push(address);
      groups.set(JSON.stringify(ports), group);
    }
    const byIp = (list: object[]): object[] => list.sort((a, b) => ((a as { ip: string }).ip < (b as { ip: string }).ip ? -1 : 1));
    return [...groups.values()].map(({ ports, ready, notReady }) => ({
      ...(ready.length > 0 ? { addresses: byIp(ready) } : {}), ...(notReady.length > 0 ? { notReadyAddresses: byIp(notReady) } : {}), ...(ports.length > 0 ? { ports } : {}),
    })) as NonNullable<Endpoints['subsets']>;
  }
}
