import type { Clock } from '../../../base/clock/index.ts';
import type { DisposableStore } from '../../../base/lifecycle/index.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, StorageClass, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { classOf, PROVISIONED_BY, SELECTED_NODE, STORAGE_PROVISIONER } from '../../machinery/persistent-volumes.ts';
import { clone, keyOf } from '../../machinery/objects.ts';
import { isAlreadyExists, isNotFound } from '../../machinery/status.ts';
import type { ApiClient } from '../api-client.ts';
import { ControlLoop } from '../control-loop.ts';
import { EventRecorder } from '../event-recorder.ts';
import { Informer } from '../informer.ts';
import { nodes, persistentVolumeClaims, persistentVolumes, storageClasses } from '../resource-types.ts';

/** What a provisioner is asked for. */
export interface ProvisionRequest {
  readonly claim: Stored<PersistentVolumeClaim>;
  readonly storageClass: Stored<StorageClass>;
  /** The name that the volume will have. */
  readonly name: string;
  /** Where its first consumer will run; undefined for classes that bind at once. */
  readonly node: Stored<Node> | undefined;
}

/** The side of the storage: makes and removes what volumes stand for. */
export interface StorageBackend {
  /** As classes name it: `rancher.io/local-path`. */
  readonly provisioner: string;
  /** The instance that writes the events. */
  readonly instance: string;
  /** How long it takes. */
  readonly provisionMs: number;
  /** The source and all else that is the backend's own; throws with the text of the event. */
  provision(request: ProvisionRequest): { readonly annotations?: Readonly<Record<string, string>>; readonly spec: NonNullable<PersistentVolume['spec']> };
  remove(volume: Stored<PersistentVolume>): void;
}

/**
 * Makes volumes for the claims that name it, and removes those that are released.
 *
 * models sigs.k8s.io/sig-storage-lib-external-provisioner: ProvisionController
 */
export function startProvisioner(backend: StorageBackend, client: ApiClient, clock: Clock, life: DisposableStore): ControlLoop {
  const claims = life.add(new Informer(client, clock, persistentVolumeClaims));
  const volumes = life.add(new Informer(client, clock, persistentVolumes));
  const classes = life.add(new Informer(client, clock, storageClasses));
  const known = life.add(new Informer(client, clock, nodes));
  const worker = new Worker(backend, client, clock, { claims, volumes, classes, nodes: known });
  const loop: ControlLoop = life.add(
    new ControlLoop(backend.provisioner, clock, {
      reconcile: (key, cause) => (key.startsWith('claim:') ? worker.provision(key.slice(6), cause) : worker.remove(key.slice(7), cause)),
    }, 4),
  );
  claims.handle({ onAdd: (claim, cause) => loop.queue.add(`claim:${keyOf(claim)}`, cause), onUpdate: (claim, _, cause) => loop.queue.add(`claim:${keyOf(claim)}`, cause) });
  volumes.handle({ onAdd: ({ metadata }, cause) => loop.queue.add(`volume:${metadata.name}`, cause), onUpdate: ({ metadata }, _, cause) => loop.queue.add(`volume:${metadata.name}`, cause) });
  classes.start();
  known.start();
  volumes.start();
  classes.whenSynced(() => known.whenSynced(() => volumes.whenSynced(() => claims.start())));
  return loop;
}

interface Views {
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly volumes: Informer<PersistentVolume>;
  readonly classes: Informer<StorageClass>;
  readonly nodes: Informer<Node>;
}

class Worker {
  readonly #backend: StorageBackend;
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #views: Views;
  readonly #events: EventRecorder;

  constructor(backend: StorageBackend, client: ApiClient, clock: Clock, views: Views) {
    this.#backend = backend;
    this.#client = client;
    this.#clock = clock;
    this.#views = views;
    this.#events = new EventRecorder(client, clock, backend.instance);
  }

  async provision(key: string, cause: Cause): Promise<void> {
    const claim = this.#views.claims.get(key);
    const storageClass = claim && this.#views.classes.get(classOf(claim));
    if (!claim || !storageClass || !this.#isOurs(claim, storageClass)) return;
    const name = `pvc-${claim.metadata.uid}`;
    if (this.#views.volumes.get(name)) return;
    const say = (type: 'Normal' | 'Warning', reason: string, message: string): void => this.#events.event({ kind: 'PersistentVolumeClaim', apiVersion: 'v1', metadata: claim.metadata }, type, reason, message, cause);
    say('Normal', 'Provisioning', `External provisioner is provisioning volume for claim ${JSON.stringify(key)}`);
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    try {
      const { annotations, spec } = this.#backend.provision({ claim, storageClass, name, node: selected === undefined ? undefined : this.#views.nodes.get(selected) });
      await this.#clock.sleep(this.#backend.provisionMs);
      await this.#client.create(persistentVolumes, undefined, this.#volume(claim, storageClass, name, annotations, spec), cause).catch((error: unknown) => { if (!isAlreadyExists(error)) throw error; });
    } catch (error) {
      say('Warning', 'ProvisioningFailed', `failed to provision volume with StorageClass ${JSON.stringify(storageClass.metadata.name)}: ${(error as Error).message}`);
      if (selected !== undefined) await this.#reschedule(claim, cause);
      throw error;
    }
    say('Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${name}`);
  }

  /** models ProvisionController: shouldProvision */
  #isOurs(claim: Stored<PersistentVolumeClaim>, { provisioner, volumeBindingMode }: StorageClass): boolean {
    const { annotations, deletionTimestamp } = claim.metadata;
    if (claim.spec?.volumeName || deletionTimestamp || provisioner !== this.#backend.provisioner || annotations?.[STORAGE_PROVISIONER] !== provisioner) return false;
    return volumeBindingMode !== 'WaitForFirstConsumer' || annotations[SELECTED_NODE] !== undefined;
  }

  #volume(claim: Stored<PersistentVolumeClaim>, storageClass: Stored<StorageClass>, name: string, annotations: Readonly<Record<string, string>> | undefined, spec: object): object {
    const { namespace, name: claimName, uid, resourceVersion } = claim.metadata;
    return {
      metadata: { name, annotations: { ...annotations, [PROVISIONED_BY]: this.#backend.provisioner } },
      spec: {
        ...spec, capacity: { storage: claim.spec!.resources!.requests!['storage'] }, accessModes: claim.spec!.accessModes, volumeMode: claim.spec!.volumeMode,
        claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name: claimName, uid, resourceVersion },
        persistentVolumeReclaimPolicy: storageClass.reclaimPolicy, storageClassName: storageClass.metadata.name, ...(storageClass.mountOptions ? { mountOptions: storageClass.mountOptions } : {}),
      },
    };
  }

  /** The node cannot have the volume: the scheduler shall choose again. models rescheduleProvisioning */
  async #reschedule(claim: Stored<PersistentVolumeClaim>, cause: Cause): Promise<void> {
    const copy = clone(this.#views.claims.get(keyOf(claim)) ?? claim) as Stored<PersistentVolumeClaim>;
    delete copy.metadata.annotations?.[SELECTED_NODE];
    await this.#client.update(persistentVolumeClaims, copy, cause).catch(() => {});
  }

  async remove(name: string, cause: Cause): Promise<void> {
    const volume = this.#views.volumes.get(name);
    if (!volume || volume.metadata.deletionTimestamp || volume.status?.phase !== 'Released') return;
    if (volume.spec?.persistentVolumeReclaimPolicy !== 'Delete' || volume.metadata.annotations?.[PROVISIONED_BY] !== this.#backend.provisioner) return;
    try {
      this.#backend.remove(volume);
    } catch (error) {
      this.#events.event({ kind: 'PersistentVolume', apiVersion: 'v1', metadata: volume.metadata }, 'Warning', 'VolumeFailedDelete', (error as Error).message, cause);
      throw error;
    }
    await this.#client.delete(persistentVolumes, undefined, name, undefined, cause).catch((error: unknown) => { if (!isNotFound(error)) throw error; });
  }
}
