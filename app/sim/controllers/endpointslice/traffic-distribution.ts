import type { Endpoint, EndpointSlice, Stored } from '../../../contracts/k8s/index.ts';
import { deepEqual } from '../../machinery/objects.ts';
import { redraft, type Placement } from './placement.ts';

const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

export function isDistributed(trafficDistribution: string | undefined): boolean {
  return trafficDistribution !== undefined && DISTRIBUTIONS.includes(trafficDistribution);
}

/** Each ready endpoint is for its own zone, or its own node too. models endpointslice/trafficdist: preferCloseHeuristic */
export function distributeTraffic(trafficDistribution: string, placement: Placement, unchanged: readonly Stored<EndpointSlice>[]): void {
  const hintsOf = ({ zone, nodeName }: Endpoint): Endpoint['hints'] => {
    const forZones = zone ? { forZones: [{ name: zone }] } : {};
    const forNodes = nodeName && trafficDistribution === 'PreferSameNode' ? { forNodes: [{ name: nodeName }] } : {};
    return zone || Object.keys(forNodes).length > 0 ? { ...forZones, ...forNodes } : undefined;
  };
  rehint(placement, unchanged, (endpoint) => (isReady(endpoint) ? hintsOf(endpoint) : endpoint.hints));
}

/** models topologycache: RemoveHintsFromSlices */
export function removeHints(placement: Placement, unchanged: readonly Stored<EndpointSlice>[]): void {
  rehint(placement, unchanged, () => undefined);
}

/** Sets the hints of all endpoints; a slice that would not be written is, if its hints change. */
function rehint(placement: Placement, unchanged: readonly Stored<EndpointSlice>[], hintsOf: (endpoint: Endpoint) => Endpoint['hints']): void {
  placement.update.push(...unchanged.filter((slice) => (slice.endpoints ?? []).some((endpoint) => !deepEqual(endpoint.hints, hintsOf(endpoint)))).map((slice) => redraft(slice, slice.endpoints ?? [])));
  for (const { body } of [...placement.create, ...placement.update]) {
    for (const endpoint of body.endpoints) setHints(endpoint, hintsOf(endpoint));
  }
}

export function setHints(endpoint: Endpoint, hints: Endpoint['hints']): void {
  if (hints) endpoint.hints = hints;
  else delete endpoint.hints;
}

export function isReady(endpoint: Endpoint): boolean {
  return endpoint.conditions?.ready === true;
}
