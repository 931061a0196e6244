import type { DiscoveryV1EndpointPort as EndpointPort, Endpoint, EndpointAddress, EndpointSlice, Endpoints, EndpointSubset, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { endpoints, endpointSlices, services } from '../../client/resource-types.ts';
import { isIPAddress } from '../../machinery/ip-addresses.ts';
import { deepEqual, keyOf } from '../../machinery/objects.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { endpointId, portsKey } from '../endpointslice/placement.ts';
import { controllerReference } from '../pod-control.ts';
import { TRIGGER_TIME } from '../service-pods.ts';
import { MANAGED_BY, SERVICE_NAME, SliceTracker, type SliceDraft } from '../slice-tracker.ts';

const MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const MOST_PER_SUBSET = 1000;

/**
 * Endpoints that somebody keeps by hand, for a Service without a selector, as EndpointSlices: kube-proxy reads only those.
 * models pkg/controller/endpointslicemirroring
 */
export const endpointSliceMirroringController: Controller = {
  name: 'endpointslice-mirroring',
  serviceAccount: 'endpointslicemirroring-controller',
  start(context) {
    const { informers } = context;
    const tracker = new SliceTracker(context, MANAGER);
    const loop = new ControlLoop('endpointslice-mirroring', context.clock, new MirrorWorker(context, tracker), 5);
    tracker.feed(loop);
    informers.of(endpoints).handle({
      onAdd: (object, cause) => isMirrored(object) && loop.queue.add(keyOf(object), cause),
      onUpdate: (object, before, cause) => (isMirrored(object) || isMirrored(before)) && loop.queue.add(keyOf(object), cause),
      onDelete: (object, cause) => isMirrored(object) && loop.queue.add(keyOf(object), cause),
    });
    informers.of(services).handle({
      onAdd: (service, cause) => !service.spec?.selector && loop.queue.add(keyOf(service), cause),
      onUpdate: (service, before, cause) => !service.spec?.selector !== !before.spec?.selector && loop.queue.add(keyOf(service), cause),
      onDelete: (service, cause) => !service.spec?.selector && loop.queue.add(keyOf(service), cause),
    });
    return loop;
  },
};

function isMirrored({ metadata }: Stored<Endpoints>): boolean {
  return metadata.labels?.[SKIP] !== 'true' && !(LEADER in (metadata.annotations ?? {}));
}

interface Group {
  readonly addressType: 'IPv4' | 'IPv6';
  readonly ports: EndpointPort[];
  readonly endpoints: Map<string, Endpoint>;
}

class MirrorWorker {
  readonly #context: ControllerContext;
  readonly #tracker: SliceTracker;

  constructor(context: ControllerContext, tracker: SliceTracker) {
    this.#context = context;
    this.#tracker = tracker;
  }

  async reconcile(key: string, cause: Cause): Promise<void> {
    const { informers } = this.#context;
    if (![services, endpoints, endpointSlices].every((type) => informers.of<unknown>(type).synced)) throw new Error('not listed yet');
    const object = informers.of(endpoints).get(key);
    const service = informers.of(services).get(key);
    const slices = this.#tracker.of(key);
    if (!object || !isMirrored(object) || !service || service.spec?.selector) {
      for (const slice of slices) await this.#tracker.delete(key, slice, cause);
      this.#tracker.forget(key);
      return;
    }
    if (this.#tracker.isStale(key, slices)) throw new Error('EndpointSlice informer cache is out of date');
    const groups = this.#groups(object, cause);
    const create: SliceDraft[] = [];
    const update: SliceDraft[] = [];
    const remove = slices.filter((slice) => !groups.has(`${slice.addressType} ${portsKey(slice.ports)}`));
    for (const [groupKey, group] of groups) {
      const [first, ...more] = slices.filter((slice) => `${slice.addressType} ${portsKey(slice.ports)}` === groupKey);
      remove.push(...more);
      const body = bodyOf(object, group);
      if (!first) create.push({ body });
      else if (!isCurrent(first, body)) update.push({ existing: first, body });
    }
    await this.#tracker.write(key, object.metadata.namespace!, { create, update, remove, ownerIsGoing: object.metadata.deletionTimestamp !== undefined }, cause);
  }

  /** One slice for each subset, at most: what does not fit is said and left out. */
  #groups(object: Stored<Endpoints>, cause: Cause): Map<string, Group> {
    const groups = new Map<string, Group>();
    let [invalid, skipped] = [0, 0];
    for (const subset of object.subsets ?? []) {
      let added = 0;
      const ports = portsOf(subset);
      const all = [...(subset.addresses ?? []).map((address) => ({ address, ready: true })), ...(subset.notReadyAddresses ?? []).map((address) => ({ address, ready: false }))];
      for (const { address, ready } of all) {
        if (added >= MOST_PER_SUBSET) break;
        if (!isIPAddress(address.ip)) {
          invalid++;
          continue;
        }
        const addressType = address.ip.includes(':') ? 'IPv6' : 'IPv4';
        const key = `${addressType} ${portsKey(ports)}`;
        const group = groups.get(key) ?? { addressType, ports, endpoints: new Map<string, Endpoint>() };
        groups.set(key, group);
        const endpoint = endpointOf(address, ready);
        group.endpoints.set(endpointId(endpoint), endpoint);
        added++;
      }
      skipped += all.length - added;
    }
    const warn = (reason: string, message: string): void => this.#context.events.event({ kind: 'Endpoints', apiVersion: 'v1', metadata: object.metadata }, 'Warning', reason, message, cause);
    if (invalid > 0) warn('InvalidIPAddress', `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`);
    if (skipped > invalid) warn('TooManyAddressesToMirror', `A max of ${MOST_PER_SUBSET} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`);
    return groups;
  }
}

function portsOf({ ports = [] }: EndpointSubset): EndpointPort[] {
  return ports.map((port) => ({ name: port.name ?? '', port: port.port, protocol: port.protocol ?? 'TCP', ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}) }));
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return { addresses: [ip], conditions: { ready }, ...(hostname ? { hostname } : {}), ...(targetRef ? { targetRef } : {}), ...(nodeName ? { nodeName } : {}) };
}

function bodyOf(object: Stored<Endpoints>, { addressType, ports, endpoints: wanted }: Group): SliceDraft['body'] {
  const { name, labels, annotations = {} } = object.metadata;
  const kept = Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== TRIGGER_TIME && key !== LAST_APPLIED));
  const ownerReferences = [controllerReference({ kind: 'Endpoints', apiVersion: 'v1', metadata: object.metadata })];
  return {
    metadata: { generateName: `${name}-`, labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER }, ...(Object.keys(kept).length > 0 ? { annotations: kept } : {}), ownerReferences },
    addressType, ports, endpoints: [...wanted.values()],
  };
}

/** Whatever the order of its endpoints. */
function isCurrent(slice: Stored<EndpointSlice>, { metadata, endpoints: wanted }: SliceDraft['body']): boolean {
  const known = new Map((slice.endpoints ?? []).map((endpoint) => [endpointId(endpoint), endpoint]));
  return known.size === wanted.length && wanted.every((endpoint) => deepEqual(known.get(endpointId(endpoint)), endpoint))
    && deepEqual(slice.metadata.labels, metadata.labels) && deepEqual(slice.metadata.annotations ?? {}, metadata.annotations ?? {});
}
