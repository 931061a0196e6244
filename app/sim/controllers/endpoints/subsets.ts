import { createHash } from 'node:crypto';
import type { CoreV1EndpointPort as EndpointPort, EndpointAddress, EndpointSubset, Pod, Service, Stored } from '../../../contracts/k8s/index.ts';
import { dumpForHash } from '../../machinery/go-dump/dump.ts';
import { isReady } from '../pods.ts';
import { addressesOf, findPort, hostnameFor } from '../service-pods.ts';

/** More addresses than this, and one Endpoints object would be too big. models maxCapacity */
export const MOST_ADDRESSES = 1000;

interface Known {
  readonly address: EndpointAddress;
  ready: boolean;
}

/** Addresses grouped by the ports that they share: each group of ports has one set of addresses. models endpoints: RepackSubsets */
export function subsetsOf(service: Stored<Service>, behind: readonly Stored<Pod>[]): EndpointSubset[] {
  const byPort = new Map<string, { port: EndpointPort | undefined; addresses: Map<string, Known> }>();
  for (const pod of behind) {
    const address = addressOf(pod, service);
    if (!address) continue;
    const ready = service.spec?.publishNotReadyAddresses === true || isReady(pod);
    for (const port of portsOf(service, pod)) {
      const key = port ? JSON.stringify([port.name, port.port, port.protocol, port.appProtocol]) : '';
      const entry = byPort.get(key) ?? { port, addresses: new Map<string, Known>() };
      byPort.set(key, entry);
      const id = `${address.ip} ${address.targetRef!.uid}`;
      const known = entry.addresses.get(id);
      if (known) known.ready &&= ready;
      else entry.addresses.set(id, { address, ready });
    }
  }
  const bySet = new Map<string, { ports: EndpointPort[]; addresses: Map<string, Known> }>();
  for (const { port, addresses } of byPort.values()) {
    const key = [...addresses].map(([id, { ready }]) => `${id} ${ready}`).sort().join();
    const group = bySet.get(key) ?? { ports: [], addresses };
    if (port) group.ports.push(port);
    bySet.set(key, group);
  }
  return [...bySet.values()].map(subset).sort((a, b) => (a.ports?.[0]?.port ?? 0) - (b.ports?.[0]?.port ?? 0));
}

function subset({ ports, addresses }: { ports: EndpointPort[]; addresses: Map<string, Known> }): EndpointSubset {
  const of = (ready: boolean): EndpointAddress[] => [...addresses.values()].filter((known) => known.ready === ready).map(({ address }) => address).sort(byAddress);
  const [addressesReady, notReady] = [of(true), of(false)];
  const sorted = ports.map((port) => ({ port, hash: hashOf(port) })).sort((a, b) => (a.hash < b.hash ? -1 : 1)).map(({ port }) => port);
  return { ...(addressesReady.length > 0 ? { addresses: addressesReady } : {}), ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}), ...(sorted.length > 0 ? { ports: sorted } : {}) };
}

function byAddress(a: EndpointAddress, b: EndpointAddress): number {
  if (a.ip !== b.ip) return a.ip < b.ip ? -1 : 1;
  return (a.targetRef?.uid ?? '') < (b.targetRef?.uid ?? '') ? -1 : 1;
}

/** Upstream puts ports in the order of their hashes: what looks random is not. models endpoints: portsByHash */
function hashOf(port: EndpointPort): string {
  return createHash('md5').update(dumpForHash(port, 'v1.EndpointPort')).digest('hex');
}

function addressOf(pod: Stored<Pod>, service: Stored<Service>): EndpointAddress | undefined {
  const family = service.spec?.ipFamilies?.[0] ?? 'IPv4';
  const ip = addressesOf(pod).find((address) => address.includes(':') === (family === 'IPv6'));
  if (!ip) return undefined;
  return {
    ip, ...hostnameFor(pod, service), ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace!, name: pod.metadata.name, uid: pod.metadata.uid },
  };
}

/** A headless Service may have no ports: then there is one entry without. */
function portsOf(service: Stored<Service>, pod: Stored<Pod>): (EndpointPort | undefined)[] {
  const ports = service.spec?.ports ?? [];
  if (ports.length === 0) return service.spec?.clusterIP === 'None' ? [undefined] : [];
  return ports.flatMap((port) => {
    const number = findPort(pod, port);
    return number === undefined ? [] : [{ ...(port.name ? { name: port.name } : {}), port: number, protocol: port.protocol ?? 'TCP', ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}) }];
  });
}

/** Shares the room out to subsets by their size, ready addresses first. models truncateEndpoints */
export function truncate(subsets: readonly EndpointSubset[]): EndpointSubset[] {
  const count = (of: 'addresses' | 'notReadyAddresses'): number => subsets.reduce((sum, one) => sum + (one[of] ?? []).length, 0);
  const ready = count('addresses');
  const cut = ready > MOST_ADDRESSES ? 'addresses' : 'notReadyAddresses';
  const room = ready > MOST_ADDRESSES ? MOST_ADDRESSES : MOST_ADDRESSES - ready;
  const total = count(cut);
  let left = room;
  return subsets.map((one) => {
    const list = one[cut] ?? [];
    const kept = list.slice(0, Math.min(Math.ceil((list.length / total) * room), left));
    left -= kept.length;
    const { ports } = one;
    const addresses = cut === 'addresses' ? kept : one.addresses;
    const notReadyAddresses = cut === 'addresses' ? [] : kept;
    return { ...(addresses && addresses.length > 0 ? { addresses } : {}), ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}), ...(ports ? { ports } : {}) };
  });
}
