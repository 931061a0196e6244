import type { PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet, Stored, Volume } from '../../../contracts/k8s/index.ts';
import { controllerReference } from '../pod-control.ts';

export const REVISION_LABEL = 'controller-revision-hash';
const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

/** Who a Pod of a StatefulSet is: `db-2` is number 2 of `db`. models statefulset/stateful_set_utils.go */
export function parsePodName(name: string): { parent: string; ordinal: number } | undefined {
  const match = /^(.*)-(\d+)$/.exec(name);
  return match ? { parent: match[1]!, ordinal: Number(match[2]) } : undefined;
}

export function isMember(set: Stored<StatefulSet>, pod: Stored<Pod>): boolean {
  return parsePodName(pod.metadata.name)?.parent === set.metadata.name;
}

export const ordinalOf = (pod: Stored<Pod>): number => parsePodName(pod.metadata.name)?.ordinal ?? -1;
export const startOrdinal = (set: Stored<StatefulSet>): number => set.spec?.ordinals?.start ?? 0;
export const revisionOf = (pod: Stored<Pod>): string => pod.metadata.labels?.[REVISION_LABEL] ?? '';
export const claimName = (set: Stored<StatefulSet>, template: string, ordinal: number): string => `${template}-${set.metadata.name}-${ordinal}`;

/** models newStatefulSetPod: identity, claims as volumes, and the version it is of. */
export function makePod(set: Stored<StatefulSet>, template: Readonly<PodTemplateSpec>, revision: string, ordinal: number): { metadata: object; spec: object } {
  const name = `${set.metadata.name}-${ordinal}`;
  const { annotations, finalizers, labels } = template.metadata ?? {};
  return {
    metadata: {
      name, generateName: `${set.metadata.name}-`,
      labels: { ...labels, [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinal), [REVISION_LABEL]: revision },
      ...(annotations ? { annotations } : {}), ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference({ kind: 'StatefulSet', apiVersion: 'apps/v1', metadata: set.metadata })],
    },
    spec: { ...template.spec, hostname: name, ...(set.spec?.serviceName ? { subdomain: set.spec.serviceName } : {}), ...withClaims(set, template.spec?.volumes ?? [], ordinal) },
  };
}

function withClaims(set: Stored<StatefulSet>, others: readonly Volume[], ordinal: number): { volumes?: Volume[] } {
  const claims = (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }): Volume => ({ name: metadata?.name ?? '', persistentVolumeClaim: { claimName: claimName(set, metadata?.name ?? '', ordinal) } }));
  const volumes = [...claims, ...others.filter(({ name }) => !claims.some((claim) => claim.name === name))];
  return volumes.length > 0 ? { volumes } : {};
}

/** The labels that say who a Pod is must be there. models identityMatches, updateIdentity */
export function missingIdentity(pod: Stored<Pod>): Record<string, string> | undefined {
  const wanted = { [POD_NAME_LABEL]: pod.metadata.name, [POD_INDEX_LABEL]: String(ordinalOf(pod)) };
  return Object.entries(wanted).every(([key, value]) => pod.metadata.labels?.[key] === value) ? undefined : wanted;
}

/** The claims of one Pod. models getPersistentVolumeClaims */
export function claimsOf(set: Stored<StatefulSet>, ordinal: number): { name: string; body: object }[] {
  return (set.spec?.volumeClaimTemplates ?? []).map(({ metadata, spec }) => {
    const name = claimName(set, metadata?.name ?? '', ordinal);
    const labels = { ...metadata?.labels, ...set.spec?.selector?.matchLabels };
    return { name, body: { metadata: { name, labels, ...(metadata?.annotations ? { annotations: metadata.annotations } : {}), ...(metadata?.finalizers ? { finalizers: metadata.finalizers } : {}) }, spec } };
  });
}

/**
 * Who owns a claim, by the retention policy: the set when it goes with the set, the Pod when the Pod is scaled away and the
 * claim with it. Undefined: as it should be. models updateClaimOwnerRefForSetAndPod
 */
export function claimOwners(set: Stored<StatefulSet>, pod: Stored<Pod>, claim: Stored<PersistentVolumeClaim>): object[] | undefined {
  const policy = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  const first = startOrdinal(set);
  const ordinal = ordinalOf(pod);
  const isCondemned = ordinal < first || ordinal >= first + (set.spec?.replicas ?? 1);
  const byPod = policy.whenScaled === 'Delete' && isCondemned;
  const bySet = policy.whenDeleted === 'Delete' && !byPod;
  const owners = claim.metadata.ownerReferences ?? [];
  const wanted = new Map([[set.metadata.uid, bySet], [pod.metadata.uid, byPod]]);
  const isRight = [...wanted].every(([uid, should]) => owners.some((owner) => owner.uid === uid) === should);
  const stale = owners.some((owner) => owner.kind === 'Pod' && owner.name === pod.metadata.name && owner.uid !== pod.metadata.uid);
  if (isRight && !stale) return undefined;
  const kept = owners.filter((owner) => !wanted.has(owner.uid) && !(owner.kind === 'Pod' && owner.name === pod.metadata.name));
  if (kept.some((owner) => owner.controller)) return undefined;
  return [
    ...kept,
    ...(bySet ? [controllerReference({ kind: 'StatefulSet', apiVersion: 'apps/v1', metadata: set.metadata })] : []),
    ...(byPod ? [controllerReference({ kind: 'Pod', apiVersion: 'v1', metadata: pod.metadata })] : []),
  ];
}
