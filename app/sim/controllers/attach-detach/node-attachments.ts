import type { Node, Stored, VolumeAttachment } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { nodes, persistentVolumes, volumeAttachments } from '../../client/resource-types.ts';
import { isMountedAt, isReportedAttached, uniqueVolumeName } from '../../machinery/csi-volumes.ts';
import { deepEqual } from '../../machinery/objects.ts';
import { isAlreadyExists, isNotFound } from '../../machinery/status.ts';
import type { ControllerContext } from '../context.ts';
import { podsElsewhere, wantedAt, type WantedVolume } from './wanted.ts';

/** How long a volume may stay mounted at a node that is not well. models TimerConfig: ReconcilerMaxWaitForUnmountDuration */
const MAX_WAIT_FOR_UNMOUNT_MS = 360_000;
/** How long an attacher may take. models pkg/volume/csi: csiTimeout */
const ATTACH_TIMEOUT_MS = 120_000;
/** models pkg/util/goroutinemap/exponentialbackoff */
const FIRST_BACKOFF_MS = 500;
const LAST_BACKOFF_MS = 122_000;
const CONTROLLER_MANAGED = 'volumes.kubernetes.io/controller-managed-attach-detach';
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/** An attachment under way. */
interface Attempt {
  readonly deadline: number;
  readonly notBefore: number;
  readonly backoff: number;
}

/** What is attached to each node, against what should be. models attachdetach/reconciler */
export class NodeAttachments {
  readonly #context: ControllerContext;
  readonly #attempts = new Map<string, Attempt>();
  readonly #done = new Set<string>();
  readonly #unwantedSince = new Map<string, number>();
  readonly #refused = new Set<string>();
  /** What deleted nodes said last. */
  readonly #gone = new Map<string, Stored<Node>>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  remember(node: Stored<Node>): void {
    if (this.concerns(node.metadata.name)) this.#gone.set(node.metadata.name, node);
  }

  /** Is there anything to say about the node? */
  concerns(node: string): boolean {
    return this.#context.informers.of(volumeAttachments).by('node', node).length > 0;
  }

  async reconcile(nodeName: string, cause: Cause): Promise<{ requeueAfterMs: number } | void> {
    const { informers } = this.#context;
    // What is not known yet must not be taken for what is not there.
    if (![informers.of(nodes), informers.of(persistentVolumes), informers.of(volumeAttachments)].every(({ synced }) => synced)) return { requeueAfterMs: 100 };
    const node = informers.of(nodes).get(nodeName);
    if (node) this.#gone.delete(nodeName);
    const wanted = node?.metadata.annotations?.[CONTROLLER_MANAGED] === 'true' ? wantedAt(nodeName, informers) : new Map<string, WantedVolume>();
    const waits: number[] = [];
    for (const attachment of this.#attachments(nodeName)) {
      if (wanted.has(attachment.metadata.name)) this.#unwantedSince.delete(attachment.metadata.name);
      else waits.push(await this.#detach(attachment, node, cause));
    }
    for (const volume of wanted.values()) waits.push(await this.#attach(volume, nodeName, cause));
    for (const name of this.#unwantedSince.keys()) if (!informers.of(volumeAttachments).get(name)) this.#unwantedSince.delete(name);
    for (const key of this.#refused) if (key.startsWith(`${nodeName}/`) && !wanted.has(key.slice(nodeName.length + 1))) this.#refused.delete(key);
    if (node) await this.#report(node, wanted, cause);
    const next = Math.min(...waits);
    return Number.isFinite(next) ? { requeueAfterMs: next } : undefined;
  }

  /** Those that this controller could have made. */
  #attachments(node: string): Stored<VolumeAttachment>[] {
    return this.#context.informers.of(volumeAttachments).by('node', node).filter(({ metadata, spec }) => metadata.name.startsWith('csi-') && spec.source.persistentVolumeName !== undefined);
  }

  #nameOf({ spec }: Stored<VolumeAttachment>): string | undefined {
    const csi = this.#context.informers.of(persistentVolumes).get(spec.source.persistentVolumeName!)?.spec?.csi;
    return csi && uniqueVolumeName(csi);
  }

  /** Takes a volume away once it is unmounted, or by force from a node that is lost. Answers when to look again. */
  async #detach(attachment: Stored<VolumeAttachment>, node: Stored<Node> | undefined, cause: Cause): Promise<number> {
    const { clock, client } = this.#context;
    const { name } = attachment.metadata;
    if (attachment.metadata.deletionTimestamp) return Infinity;
    const since = this.#unwantedSince.get(name) ?? clock.now();
    this.#unwantedSince.set(name, since);
    const volume = this.#nameOf(attachment);
    const last = node ?? this.#gone.get(attachment.spec.nodeName);
    const isMounted = volume !== undefined && (last ? isMountedAt(last, volume) : true);
    const left = since + MAX_WAIT_FOR_UNMOUNT_MS - clock.now();
    const isOutOfService = node?.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false;
    if (isMounted && !isOutOfService && (isHealthy(node) || left >= 0)) return isHealthy(node) ? Infinity : left + 1;
    // Nobody may mount it any more, before it goes.
    if (node && volume && isReportedAttached(node, volume)) await this.#writeAttached(node, attachedOf(node).filter((item) => item.name !== volume), cause);
    await client.delete(volumeAttachments, undefined, name, undefined, cause).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    this.#unwantedSince.delete(name);
    this.#forget(name);
    return Infinity;
  }

  async #attach(volume: WantedVolume, node: string, cause: Cause): Promise<number> {
    const { informers, client, clock } = this.#context;
    const existing = informers.of(volumeAttachments).get(volume.attachment);
    if (existing) return this.#follow(volume, existing, cause);
    if (!volume.isShared && this.#isTaken(volume, node, cause)) return Infinity;
    this.#refused.delete(`${node}/${volume.attachment}`);
    const body = { metadata: { name: volume.attachment }, spec: { attacher: volume.driver, nodeName: node, source: { persistentVolumeName: volume.persistentVolume } } };
    await client.create(volumeAttachments, undefined, body, cause).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
    const before = this.#attempts.get(volume.attachment);
    this.#done.delete(volume.attachment);
    this.#attempts.set(volume.attachment, before ?? { deadline: clock.now() + ATTACH_TIMEOUT_MS, notBefore: 0, backoff: FIRST_BACKOFF_MS });
    return ATTACH_TIMEOUT_MS;
  }

  /** Waits for the attacher of the driver. models pkg/volume/csi: waitForVolumeAttachment */
  #follow(volume: WantedVolume, attachment: Stored<VolumeAttachment>, cause: Cause): number {
    const { clock } = this.#context;
    const { name } = attachment.metadata;
    if (attachment.status?.attached) {
      // Attached before this manager began: it knows, and says nothing.
      const isNews = this.#attempts.delete(name);
      if (isNews && !this.#done.has(name)) this.#say(volume, 'Normal', 'SuccessfulAttachVolume', `AttachVolume.Attach succeeded for volume ${JSON.stringify(volume.persistentVolume)} `, cause);
      this.#done.add(name);
      return Infinity;
    }
    const now = clock.now();
    const attempt = this.#attempts.get(name) ?? { deadline: now + ATTACH_TIMEOUT_MS, notBefore: 0, backoff: FIRST_BACKOFF_MS };
    this.#attempts.set(name, attempt);
    if (now < attempt.notBefore) return attempt.notBefore - now;
    const problem = attachment.metadata.deletionTimestamp
      ? `volume attachment is being deleted`
      : (attachment.status?.attachError?.message ?? (now >= attempt.deadline ? `timed out waiting for external-attacher of ${volume.driver} CSI driver to attach volume ${volume.handle}` : undefined));
    if (problem === undefined) return attempt.deadline - now;
    this.#say(volume, 'Warning', 'FailedAttachVolume', `AttachVolume.Attach failed for volume ${JSON.stringify(volume.persistentVolume)} : ${problem}`, cause);
    this.#attempts.set(name, { notBefore: now + attempt.backoff, backoff: Math.min(attempt.backoff * 2, LAST_BACKOFF_MS), deadline: now + attempt.backoff + ATTACH_TIMEOUT_MS });
    return attempt.backoff;
  }

  /** Is a volume for one node at another? That is said once. models reconciler: reportMultiAttachError */
  #isTaken(volume: WantedVolume, node: string, cause: Cause): boolean {
    const { informers } = this.#context;
    const others = new Set(informers.of(volumeAttachments).by('volume', volume.persistentVolume).map(({ spec }) => spec.nodeName).filter((name) => name !== node));
    if (others.size === 0) return false;
    const key = `${node}/${volume.attachment}`;
    if (this.#refused.has(key)) return true;
    this.#refused.add(key);
    const users = podsElsewhere(volume, others, informers);
    for (const pod of volume.pods) {
      const near = users.filter(({ metadata }) => metadata.namespace === pod.metadata.namespace).map(({ metadata }) => metadata.name);
      const far = users.length - near.length;
      const where = near.length === 0 ? `Volume is already used by ${far} pod(s) in different namespaces` : `Volume is already used by pod(s) ${near.join(', ')}${far > 0 ? ` and ${far} pod(s) in different namespaces` : ''}`;
      const text = users.length === 0 ? "Volume is already exclusively attached to one node and can't be attached to another" : where;
      this.#say({ ...volume, pods: [pod] }, 'Warning', 'FailedAttachVolume', `Multi-Attach error for volume ${JSON.stringify(volume.persistentVolume)} ${text}`, cause);
    }
    return true;
  }

  /** What the kubelet goes by. models statusupdater: UpdateNodeStatuses */
  async #report(node: Stored<Node>, wanted: ReadonlyMap<string, WantedVolume>, cause: Cause): Promise<void> {
    const attached = this.#attachments(node.metadata.name).filter(({ metadata, status }) => status?.attached && !metadata.deletionTimestamp && !(this.#unwantedSince.get(metadata.name) === undefined && !wanted.has(metadata.name)));
    const names = attached.flatMap((attachment) => this.#nameOf(attachment) ?? []).sort();
    const next = names.map((name) => ({ name, devicePath: '' }));
    if (!deepEqual(next, attachedOf(node))) await this.#writeAttached(node, next, cause);
  }

  async #writeAttached(node: Stored<Node>, volumesAttached: readonly object[], cause: Cause): Promise<void> {
    await this.#context.client.patch(nodes, undefined, node.metadata.name, { status: { volumesAttached: volumesAttached.length > 0 ? volumesAttached : null } }, cause, 'status').catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  #forget(name: string): void {
    this.#attempts.delete(name);
    this.#done.delete(name);
  }

  #say(volume: WantedVolume, type: 'Normal' | 'Warning', reason: string, message: string, cause: Cause): void {
    for (const { metadata } of volume.pods) this.#context.events.event({ kind: 'Pod', apiVersion: 'v1', metadata }, type, reason, message, cause);
  }
}

function attachedOf(node: Stored<Node>): readonly { readonly name: string }[] {
  return node.status?.volumesAttached ?? [];
}

function isHealthy(node: Stored<Node> | undefined): boolean {
  return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}
