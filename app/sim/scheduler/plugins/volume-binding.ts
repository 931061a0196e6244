import type { PersistentVolume, PersistentVolumeClaim, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../client/resource-types.ts';
import { clone, keyOf } from '../../machinery/objects.ts';
import { BOUND_BY_CONTROLLER, claimNameOf, classOf, findMatchingVolume, isFullyBound, isReachableFrom, SELECTED_NODE } from '../../machinery/persistent-volumes.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import type { CycleState, Plugin } from '../framework/types.ts';

const NAME = 'VolumeBinding';
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';
const BIND_TIMEOUT_MS = 600_000;
const POLL_MS = 100;

type Claim = Stored<PersistentVolumeClaim>;

interface Choice {
  readonly bindings: readonly { readonly claim: Claim; readonly volume: Stored<PersistentVolume> }[];
  readonly toProvision: readonly Claim[];
}

interface Scratch {
  readonly bound: readonly Claim[];
  readonly delayed: readonly Claim[];
  readonly choices: Map<string, Choice>;
}

/**
 * Finds nodes where a Pod's claims are, or can be, satisfied; before the Pod is bound, its claims are.
 *
 * models plugins/volumebinding
 */
export const volumeBinding: Plugin = {
  name: NAME,
  preFilter(state) {
    const { pod, cluster } = state;
    const names = (pod.spec?.volumes ?? []).flatMap((volume) => {
      const name = claimNameOf(pod, volume);
      return name === undefined ? [] : [{ name, isEphemeral: volume.ephemeral !== undefined }];
    });
    if (names.length === 0) return 'skip';
    const refuse = (reason: string) => ({ reasons: [reason], unresolvable: true });
    const claims: Claim[] = [];
    for (const { name, isEphemeral } of names) {
      const claim = cluster.claims.get(`${pod.metadata.namespace}/${name}`);
      const quoted = JSON.stringify(name);
      if (!claim) return refuse(isEphemeral ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}` : `persistentvolumeclaim ${quoted} not found`);
      if (claim.status?.phase === 'Lost') return refuse(`persistentvolumeclaim ${quoted} bound to non-existent persistentvolume ${JSON.stringify(claim.spec?.volumeName ?? '')}`);
      if (claim.metadata.deletionTimestamp) return refuse(`persistentvolumeclaim ${quoted} is being deleted`);
      if (isEphemeral && !claim.metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === pod.metadata.uid)) {
        return refuse(`PVC ${JSON.stringify(keyOf(claim)).slice(1, -1)} was not created for pod ${JSON.stringify(keyOf(pod)).slice(1, -1)} (pod is not owner)`);
      }
      claims.push(claim);
    }
    const open = claims.filter((claim) => !isFullyBound(claim));
    const delayed = open.filter((claim) => cluster.classes.get(classOf(claim))?.volumeBindingMode === 'WaitForFirstConsumer' && !claim.spec?.volumeName);
    if (delayed.length < open.length) return refuse('pod has unbound immediate PersistentVolumeClaims');
    state.scratch.set(NAME, { bound: claims.filter(isFullyBound), delayed, choices: new Map() } satisfies Scratch);
    return undefined;
  },
  filter(state, node) {
    const { bound, delayed, choices } = state.scratch.get(NAME) as Scratch;
    const volumes = bound.map((claim) => state.cluster.volumes.get(claim.spec!.volumeName!));
    if (volumes.some((volume) => !volume)) return { reasons: ['node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'], unresolvable: true };
    if (volumes.some((volume) => !isReachableFrom(volume!, node.node))) return { reasons: ["node(s) didn't match PersistentVolume's node affinity"], unresolvable: true };
    const choice = choose(state, delayed, node);
    if (typeof choice === 'string') return { reasons: [choice], unresolvable: true };
    choices.set(node.name, choice);
    return undefined;
  },
  reserve(state, node) {
    for (const { claim, volume } of choiceOf(state, node)?.bindings ?? []) state.cluster.assumed.assume(volume.metadata.name, keyOf(claim));
    state.scratch.set(`${NAME}/reserved`, choiceOf(state, node));
    return undefined;
  },
  unreserve(state) {
    for (const { volume } of (state.scratch.get(`${NAME}/reserved`) as Choice | undefined)?.bindings ?? []) state.cluster.assumed.forget(volume.metadata.name);
  },
  needsPreBind: (state, node) => {
    const choice = choiceOf(state, node);
    return choice !== undefined && choice.bindings.length + choice.toProvision.length > 0;
  },
  preBind: (state, node, cause) => bindClaims(state, node, cause),
  interests: [
    { event: 'PersistentVolumeClaim', actions: ['add', 'update'], hint: (pod, { object }) => pod.metadata.namespace === object.metadata.namespace && usesClaim(pod, object.metadata.name) },
    { event: 'PersistentVolume', actions: ['add', 'update'] },
    { event: 'StorageClass', actions: ['add', 'update'] },
    { event: 'CSINode', actions: ['add', 'update'] },
    { event: 'Node', actions: ['add', 'labels'] },
  ],
};

function usesClaim(pod: Stored<Pod>, name: string): boolean {
  return (pod.spec?.volumes ?? []).some((volume) => claimNameOf(pod, volume) === name);
}

function choiceOf(state: CycleState, node: NodeInfo): Choice | undefined {
  return (state.scratch.get(NAME) as Scratch | undefined)?.choices.get(node.name);
}

/** A volume for each waiting claim, or its class's provisioner. models FindPodVolumes */
function choose({ cluster }: CycleState, delayed: readonly Claim[], node: NodeInfo): Choice | string {
  const bindings: { claim: Claim; volume: Stored<PersistentVolume> }[] = [];
  const toProvision: Claim[] = [];
  const taken = new Set(cluster.assumed.names);
  for (const claim of delayed) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected !== undefined && selected !== node.name) return "node(s) didn't find available persistent volumes to bind";
    const volume = findMatchingVolume(claim, cluster.volumes.list(), { node: node.node, excluded: taken, delayed: true });
    if (volume) {
      taken.add(volume.metadata.name);
      bindings.push({ claim, volume });
      continue;
    }
    const found = cluster.classes.get(classOf(claim))!;
    if (found.provisioner === NO_PROVISIONER || !isAllowedTopology(found.allowedTopologies, node)) return "node(s) didn't find available persistent volumes to bind";
    toProvision.push(claim);
  }
  return { bindings, toProvision };
}

function isAllowedTopology(allowed: readonly { readonly matchLabelExpressions?: readonly { readonly key: string; readonly values: readonly string[] }[] }[] | undefined, node: NodeInfo): boolean {
  if (!allowed || allowed.length === 0) return true;
  return allowed.some(({ matchLabelExpressions }) => (matchLabelExpressions ?? []).every(({ key, values }) => node.labels[key] !== undefined && values.includes(node.labels[key])));
}

/** Reserves volumes and names the node to provisioners, then waits until the binder has bound all claims. models BindPodVolumes */
async function bindClaims(state: CycleState, node: NodeInfo, cause: Cause): Promise<void> {
  const { cluster } = state;
  const { bindings, toProvision } = choiceOf(state, node)!;
  for (const { claim, volume } of bindings) {
    const copy = clone(volume) as Stored<PersistentVolume>;
    if (copy.spec!.claimRef?.uid === claim.metadata.uid) continue;
    const { namespace, name, uid, resourceVersion } = claim.metadata;
    copy.spec!.claimRef = { kind: 'PersistentVolumeClaim', namespace: namespace!, name, uid, apiVersion: 'v1', resourceVersion };
    copy.metadata.annotations = { ...copy.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' };
    await cluster.client.update(persistentVolumes, copy, cause);
  }
  for (const claim of toProvision) {
    const copy = clone(cluster.claims.get(keyOf(claim)) ?? claim) as Claim;
    copy.metadata.annotations = { ...copy.metadata.annotations, [SELECTED_NODE]: node.name };
    await cluster.client.update(persistentVolumeClaims, copy, cause);
  }
  const all = [...bindings.map(({ claim }) => claim), ...toProvision];
  const until = cluster.clock.now() + BIND_TIMEOUT_MS;
  for (;;) {
    await cluster.clock.sleep(POLL_MS);
    const current = all.map((claim) => cluster.claims.get(keyOf(claim)));
    const gone = current.findIndex((claim, index) => !claim || claim.metadata.uid !== all[index]!.metadata.uid);
    if (gone >= 0) throw new Error(`binding volumes: could not get PVC ${JSON.stringify(keyOf(all[gone]!))}`);
    for (const claim of toProvision) {
      // A provisioner that cannot serve this node takes the choice back.
      const now = cluster.claims.get(keyOf(claim))!;
      if (!now.spec?.volumeName && now.metadata.annotations?.[SELECTED_NODE] !== node.name) throw new Error('binding volumes: provisioning failed for PVC ' + JSON.stringify(claim.metadata.name));
    }
    if (current.every((claim) => isFullyBound(claim!))) return;
    if (cluster.clock.now() >= until) throw new Error('binding volumes: context deadline exceeded');
  }
}
