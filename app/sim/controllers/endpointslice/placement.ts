import type { DiscoveryV1EndpointPort as EndpointPort, Endpoint, EndpointSlice, Stored } from '../../../contracts/k8s/index.ts';
import { deepEqual } from '../../machinery/objects.ts';
import type { SliceDraft } from '../slice-tracker.ts';

/** What is to become of a Service's slices. */
export interface Placement {
  readonly create: SliceDraft[];
  readonly update: SliceDraft[];
  readonly remove: Stored<EndpointSlice>[];
}

/** Two slices with the same key hold endpoints of the same ports, in whatever order. models endpointslice/util: NewPortMapKey */
export function portsKey(ports: readonly EndpointPort[] | null | undefined): string {
  return (ports ?? []).map(({ name, port, protocol, appProtocol }) => JSON.stringify([name ?? '', port, protocol, appProtocol])).sort().join();
}

/** What makes two endpoints the same one, whatever their conditions. models endpointslice/util: hashEndpoint */
export function endpointId({ addresses, hostname, targetRef }: Endpoint): string {
  return [...addresses, hostname ?? '', targetRef?.namespace ?? '', targetRef?.uid ?? ''].join('\n');
}

/** Hints are given anew each time, so they do not count. */
function isSame(a: Endpoint, b: Endpoint): boolean {
  const { hints: _, ...left } = a;
  const { hints: __, ...right } = b;
  return deepEqual(left, right);
}

/** A draft of what a slice becomes. */
export function redraft(existing: Stored<EndpointSlice>, endpoints: readonly Endpoint[], labels: Readonly<Record<string, string>> = existing.metadata.labels ?? {}): SliceDraft {
  return { existing, body: { metadata: { labels: { ...labels } }, addressType: existing.addressType, endpoints: endpoints.map((endpoint) => ({ ...endpoint })), ports: existing.ports ?? [] } };
}

/**
 * Spreads endpoints of one set of ports over slices with as few writes as can be: what is there stays where it is, slices that
 * change anyhow are filled, then one with room that does not, then new ones. models reconciler: reconcileByPortMapping
 */
export function place(slices: readonly Stored<EndpointSlice>[], wanted: ReadonlyMap<string, Endpoint>, labels: Readonly<Record<string, string>>, draft: () => SliceDraft, most: number): Placement {
  const left = new Map(wanted);
  const placement: Placement = { create: [], update: [], remove: [] };
  const untouched: Stored<EndpointSlice>[] = [];
  for (const slice of slices) {
    const before = slice.endpoints ?? [];
    const kept = before.flatMap((endpoint) => {
      const now = left.get(endpointId(endpoint));
      left.delete(endpointId(endpoint));
      return now ? [{ now, isSame: isSame(now, endpoint), endpoint }] : [];
    });
    const isChanged = kept.length !== before.length || kept.some((one) => !one.isSame);
    if (isChanged && kept.length === 0) placement.remove.push(slice);
    else if (isChanged) placement.update.push(redraft(slice, kept.map(({ now }) => now), labels));
    else if (!deepEqual(slice.metadata.labels, labels)) placement.update.push(redraft(slice, before, labels));
    else untouched.push(slice);
  }
  const fill = ({ body }: SliceDraft): void => {
    for (const [id, endpoint] of left) {
      if (body.endpoints.length >= most) break;
      body.endpoints.push({ ...endpoint });
      left.delete(id);
    }
  };
  for (const fullestFirst of [...placement.update].sort((a, b) => b.body.endpoints.length - a.body.endpoints.length)) fill(fullestFirst);
  while (left.size > 0) {
    const room = left.size < most ? fullestWithRoom(untouched, left.size, most) : undefined;
    const target = room ? redraft(room, room.endpoints ?? [], labels) : draft();
    if (room) untouched.splice(untouched.indexOf(room), 1);
    (room ? placement.update : placement.create).push(target);
    fill(target);
  }
  return placement;
}

/** models k8s.io/endpointslice: getSliceToFill */
function fullestWithRoom(slices: readonly Stored<EndpointSlice>[], more: number, most: number): Stored<EndpointSlice> | undefined {
  const room = (slice: Stored<EndpointSlice>): number => most - more - (slice.endpoints ?? []).length;
  return slices.filter((slice) => room(slice) >= 0 && room(slice) < most).sort((a, b) => room(a) - room(b))[0];
}
