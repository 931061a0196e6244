import type { IPAddress, ServiceCIDR, Stored } from '../../contracts/k8s/index.ts';
import { containsNetwork, networkBase, parseNetwork, type IPNetwork } from './ip-addresses.ts';

// What the API server's allocator and the ServiceCIDR controller agree on.

export const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';
export const ALLOCATOR = 'ipallocator.k8s.io';
export const DEFAULT_NETWORK = 'kubernetes';

/** Made for a Service by the API server, not by somebody for his own ends. models repairip: managedByController */
export function isAllocatorsOwn({ metadata }: IPAddress): boolean {
  return metadata?.labels?.[MANAGED_BY] === ALLOCATOR;
}

export function networksOf({ spec }: ServiceCIDR): IPNetwork[] {
  return (spec?.cidrs ?? []).flatMap((text) => parseNetwork(text) ?? []);
}

/** Are addresses given out of it? The default one counts before anybody said so. models ipallocator: MetaAllocator */
export function isInUse({ metadata, status }: ServiceCIDR): boolean {
  if (metadata?.deletionTimestamp) return false;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready ? ready.status === 'True' : metadata?.name === DEFAULT_NETWORK;
}

export function isWithin(network: IPNetwork, address: string): boolean {
  const single = parseNetwork(`${address}/${network.family === 4 ? 32 : 128}`);
  return single !== undefined && containsNetwork(network, single);
}

/** How many addresses at the start are left for those who choose one themselves. models ipallocator: calculateRangeOffset */
export function staticBand(size: number): number {
  const [least, most, step] = [16, 256, 16];
  return size <= least ? 0 : Math.min(Math.max(least, Math.floor(size / step)), most);
}

/** The dotted text of the address at a place of an IPv4 network. */
export function addressAt(network: IPNetwork, offset: number): string {
  const number = Number(networkBase(network)) + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** A network that holds all of another one, other than itself. */
export function hasParent(cidr: Stored<ServiceCIDR>, all: readonly Stored<ServiceCIDR>[]): boolean {
  return networksOf(cidr).every((network) => all.some((other) => other.metadata.name !== cidr.metadata.name && networksOf(other).some((outer) => containsNetwork(outer, network))));
}
