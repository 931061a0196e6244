import type { DiscoveryV1EndpointPort as EndpointPort, Endpoint, EndpointSlice, Pod, Service, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { endpointSlices, nodes, pods, services } from '../../client/resource-types.ts';
import { deepEqual } from '../../machinery/objects.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { controllerReference } from '../pod-control.ts';
import { isReady } from '../pods.ts';
import { addressesOf, findPort, hostnameFor, isHeadless, podsBehind, startServiceLoop, TriggerTimes, withTriggerTime } from '../service-pods.ts';
import { MANAGED_BY, SERVICE_NAME, SliceTracker, type SliceDraft } from '../slice-tracker.ts';
import { endpointId, place, portsKey, type Placement } from './placement.ts';
import { TopologyHints, type HintEvent } from './topology-hints.ts';
import { distributeTraffic, isDistributed, removeHints } from './traffic-distribution.ts';

const MANAGER = 'endpointslice-controller.k8s.io';
const MOST_ENDPOINTS_PER_SLICE = 100;
const RESERVED = [MANAGED_BY, SERVICE_NAME, 'service.kubernetes.io/headless'];

/** Writes down which Pods stand behind a Service. models pkg/controller/endpointslice */
export const endpointSliceController: Controller = {
  name: 'endpointslice',
  serviceAccount: 'endpointslice-controller',
  start(context) {
    const { informers } = context;
    const tracker = new SliceTracker(context, MANAGER);
    const hints = new TopologyHints();
    const loop = startServiceLoop('endpointslice', context, new SliceWorker(context, tracker, hints));
    tracker.feed(loop);
    const look = (cause: Cause): void => {
      for (const key of hints.setNodes(() => informers.of(nodes).list())) loop.queue.add(key, cause);
    };
    informers.of(nodes).handle({ onAdd: (_, cause) => look(cause), onUpdate: (node, before, cause) => TopologyHints.changed(node, before) && look(cause), onDelete: (_, cause) => look(cause) });
    return loop;
  },
};

/** models k8s.io/endpointslice: Reconciler */
class SliceWorker {
  readonly #context: ControllerContext;
  readonly #tracker: SliceTracker;
  readonly #hints: TopologyHints;
  readonly #triggers = new TriggerTimes();

  constructor(context: ControllerContext, tracker: SliceTracker, hints: TopologyHints) {
    this.#context = context;
    this.#tracker = tracker;
    this.#hints = hints;
  }

  async reconcile(key: string, cause: Cause): Promise<void> {
    const { informers } = this.#context;
    if (![services, pods, endpointSlices, nodes].every((type) => informers.of<unknown>(type).synced)) throw new Error('not listed yet');
    const service = informers.of(services).get(key);
    const slices = this.#tracker.of(key);
    if (!service) {
      this.#triggers.forget(key);
      for (const slice of slices) await this.#tracker.delete(key, slice, cause);
      this.#tracker.forget(key);
      return;
    }
    if (!service.spec?.selector || service.spec.type === 'ExternalName') return;
    if (this.#tracker.isStale(key, slices)) throw new Error('EndpointSlice informer cache is out of date');
    const behind = podsBehind(this.#context, service, true);
    const trigger = this.#triggers.next(service, behind);
    const families = (service.spec.ipFamilies ?? ['IPv4']) as ('IPv4' | 'IPv6')[];
    for (const slice of slices) if (!families.includes(slice.addressType as 'IPv4')) await this.#tracker.delete(key, slice, cause);
    let lost: Error | undefined;
    for (const family of families) lost = (await this.#reconcileFamily(key, service, behind, slices.filter((slice) => slice.addressType === family), family, trigger, cause)) ?? lost;
    if (lost) throw lost;
  }

  /** What is wrong with one of the Pods, if anything: the rest is written all the same. */
  async #reconcileFamily(key: string, service: Stored<Service>, behind: readonly Stored<Pod>[], slices: readonly Stored<EndpointSlice>[], family: 'IPv4' | 'IPv6', trigger: string | undefined, cause: Cause): Promise<Error | undefined> {
    const { wanted, lost } = this.#wanted(service, behind, family);
    const owned = slices.filter((slice) => slice.metadata.ownerReferences?.some(({ uid }) => uid === service.metadata.uid));
    const draft = (ports: EndpointPort[]): SliceDraft => newSlice(service, family, ports);
    const labels = labelsOf(service);
    const placement: Placement = { create: [], update: [], remove: slices.filter((slice) => !owned.includes(slice)) };
    for (const [portKey, { ports, endpoints }] of wanted) {
      const part = place(owned.filter((slice) => portsKey(slice.ports) === portKey), endpoints, labels, () => draft(ports), MOST_ENDPOINTS_PER_SLICE);
      placement.create.push(...part.create);
      placement.update.push(...part.update);
      placement.remove.push(...part.remove);
    }
    placement.remove.push(...owned.filter((slice) => !wanted.has(portsKey(slice.ports))));
    if (slices.length === placement.remove.length && placement.create.length === 0) keepPlaceholder(placement, draft([]), owned);
    const unchanged = slices.filter((slice) => !placement.remove.includes(slice) && !placement.update.some(({ existing }) => existing === slice));
    for (const { type, reason, message } of this.#assignHints(service, placement, unchanged, family)) this.#context.events.event({ kind: 'Service', apiVersion: 'v1', metadata: service.metadata }, type, reason, message, cause);
    for (const { existing, body } of [...placement.create, ...placement.update]) body.metadata.annotations = withTriggerTime(existing?.metadata.annotations, trigger);
    await this.#tracker.write(key, service.metadata.namespace!, { ...placement, ownerIsGoing: service.metadata.deletionTimestamp !== undefined }, cause);
    return lost;
  }

  /** The endpoints that there should be, for each set of ports. */
  #wanted(service: Stored<Service>, behind: readonly Stored<Pod>[], family: 'IPv4' | 'IPv6'): { wanted: Map<string, { ports: EndpointPort[]; endpoints: Map<string, Endpoint> }>; lost: Error | undefined } {
    const wanted = new Map<string, { ports: EndpointPort[]; endpoints: Map<string, Endpoint> }>();
    let lost: Error | undefined;
    for (const pod of behind) {
      const ports = portsOf(service, pod);
      const group = wanted.get(portsKey(ports)) ?? { ports, endpoints: new Map<string, Endpoint>() };
      wanted.set(portsKey(ports), group);
      const node = this.#context.informers.of(nodes).get(pod.spec?.nodeName ?? '');
      // A Pod of a node that is gone: nobody could reach it.
      if (!node && !service.spec?.publishNotReadyAddresses) {
        lost = new Error(`skipping Pod ${pod.metadata.name} for Service ${service.metadata.namespace}/${service.metadata.name}: Node ${pod.spec?.nodeName ?? ''} Not Found`);
        continue;
      }
      const endpoint = endpointOf(pod, service, family, node?.metadata.labels?.['topology.kubernetes.io/zone']);
      if (endpoint.addresses.length > 0) group.endpoints.set(endpointId(endpoint), endpoint);
    }
    return { wanted, lost };
  }

  #assignHints(service: Stored<Service>, placement: Placement, unchanged: readonly Stored<EndpointSlice>[], family: string): HintEvent[] {
    const key = `${service.metadata.namespace}/${service.metadata.name}`;
    const { annotations = {} } = service.metadata;
    const mode = annotations['service.kubernetes.io/topology-aware-hints'] ?? annotations['service.kubernetes.io/topology-mode'];
    if (mode === 'Auto' || mode === 'auto') return this.#hints.assign(key, family, placement, unchanged);
    const events = this.#hints.drop(key, family);
    const distribution = service.spec?.trafficDistribution;
    if (isDistributed(distribution)) distributeTraffic(distribution!, placement, unchanged);
    else removeHints(placement, unchanged);
    return events;
  }
}

/** There is always a slice: an empty one says that the Service has no endpoints, not that nobody looked. */
function keepPlaceholder(placement: Placement, placeholder: SliceDraft, owned: readonly Stored<EndpointSlice>[]): void {
  const [only] = placement.remove;
  const isThere = placement.remove.length === 1 && owned.includes(only!) && (only!.endpoints ?? []).length === 0 && (only!.ports ?? []).length === 0 && deepEqual(only!.metadata.labels, placeholder.body.metadata.labels);
  if (isThere) placement.remove.length = 0;
  else placement.create.push(placeholder);
}

function newSlice(service: Stored<Service>, addressType: 'IPv4' | 'IPv6', ports: EndpointPort[]): SliceDraft {
  const ownerReferences = [controllerReference({ kind: 'Service', apiVersion: 'v1', metadata: service.metadata })];
  return { body: { metadata: { generateName: `${service.metadata.name}-`, labels: labelsOf(service), ownerReferences }, addressType, endpoints: [], ports } };
}

function labelsOf(service: Stored<Service>): Record<string, string> {
  const own = Object.fromEntries(Object.entries(service.metadata.labels ?? {}).filter(([name]) => !RESERVED.includes(name)));
  return { ...own, ...(isHeadless(service) ? { 'service.kubernetes.io/headless': '' } : {}), [MANAGED_BY]: MANAGER, [SERVICE_NAME]: service.metadata.name };
}

function portsOf(service: Stored<Service>, pod: Stored<Pod>): EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((port): EndpointPort[] => {
    const number = findPort(pod, port);
    return number === undefined ? [] : [{ name: port.name ?? '', port: number, protocol: port.protocol ?? 'TCP', ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}) }];
  });
}

/** models k8s.io/endpointslice: podToEndpoint */
function endpointOf(pod: Stored<Pod>, service: Stored<Service>, family: 'IPv4' | 'IPv6', zone: string | undefined): Endpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  return {
    addresses: addressesOf(pod).filter((address) => address.includes(':') === (family === 'IPv6')),
    conditions: { ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating },
    ...hostnameFor(pod, service),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace!, name: pod.metadata.name, uid: pod.metadata.uid },
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}
