import type { ResourceV1ResourceClaim } from '../../../contracts/k8s/index.ts';
import { matchesNodeSelector } from '../../machinery/node-selector.ts';
import type { CycleState, Plugin } from '../framework/types.ts';

const NAME = 'DynamicResources';

interface Claims {
  readonly claims: readonly ResourceV1ResourceClaim[];
}

/**
 * Pods with resource claims go where their claims are allocated. Devices themselves are not simulated: a claim that is not
 * allocated yet fits nowhere. models plugins/dynamicresources
 */
export const dynamicResources: Plugin = {
  name: NAME,
  preFilter(state) {
    const claims: ResourceV1ResourceClaim[] = [];
    for (const { name, resourceClaimName } of state.pod.spec?.resourceClaims ?? []) {
      const made = state.pod.status?.resourceClaimStatuses?.find((status) => status.name === name)?.resourceClaimName;
      const claimName = resourceClaimName ?? made;
      if (claimName === undefined) return { reasons: [`pod ${JSON.stringify(`${state.pod.metadata.namespace}/${state.pod.metadata.name}`)}: ResourceClaim not created yet`], unresolvable: true };
      const claim = state.cluster.resourceClaims.get(`${state.pod.metadata.namespace}/${claimName}`);
      if (!claim) return { reasons: [`resourceclaim.resource.k8s.io ${JSON.stringify(claimName)} not found`], unresolvable: true };
      if (claim.metadata?.deletionTimestamp) return { reasons: [`resourceclaim ${JSON.stringify(claimName)} is being deleted`], unresolvable: true };
      claims.push(claim);
    }
    state.scratch.set(NAME, { claims } satisfies Claims);
    return claims.length === 0 ? 'skip' : undefined;
  },
  filter(state, node) {
    for (const { status } of claimsOf(state)?.claims ?? []) {
      if (!status?.allocation) return { reasons: ['cannot allocate all claims'], unresolvable: true };
      const { nodeSelector } = status.allocation;
      if (nodeSelector && !matchesNodeSelector(nodeSelector, node.node)) return { reasons: ['resourceclaim not available on the node'], unresolvable: true };
    }
    return undefined;
  },
  /** Its state is missing when an earlier plug-in refused the Pod before any node: that is all it says then. */
  postFilter: (state) => (claimsOf(state) ? { message: 'no new claims to deallocate' } : { message: 'not found', error: true }),
  interests: [
    { event: 'ResourceClaim', actions: ['add', 'update'] },
    { event: 'Node', actions: ['add', 'labels'] },
  ],
};

function claimsOf(state: CycleState): Claims | undefined {
  return state.scratch.get(NAME) as Claims | undefined;
}
