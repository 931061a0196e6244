import type { Node, PersistentVolume, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { csiDrivers, csiNodes, nodes } from '../../client/resource-types.ts';
import { isMountedAt, isReportedAttached, mustBeAttached, uniqueVolumeName } from '../../machinery/csi-volumes.ts';
import { isNotFound } from '../../machinery/status.ts';
import { DeviceError, NotAttachedError } from './volumes.ts';

/**
 * The volumes of drivers that Pods of this node use. A kubelet first says that it uses a volume (volumesInUse, with the
 * node's status), waits until the attach/detach controller says that it is here (volumesAttached), and only then mounts it.
 * So neither takes a volume away under the other's hands.
 *
 * models pkg/kubelet/volumemanager; operationexecutor: GenerateVerifyControllerAttachedVolumeFunc
 */
export class AttachableVolumes {
  readonly #client: ApiClient;
  readonly #node: string;
  readonly #users = new Map<string, Set<string>>();

  constructor(client: ApiClient, node: string) {
    this.#client = client;
    this.#node = node;
  }

  /** As the node's status lists them. */
  inUse(): string[] | undefined {
    return this.#users.size > 0 ? [...this.#users.keys()].sort() : undefined;
  }

  released(podUid: string): void {
    for (const [name, users] of this.#users) if (users.delete(podUid) && users.size === 0) this.#users.delete(name);
  }

  /** Pods that went while nobody looked use nothing. */
  keepOnly(podUids: ReadonlySet<string>): void {
    for (const uid of new Set([...this.#users.values()].flatMap((users) => [...users]))) if (!podUids.has(uid)) this.released(uid);
  }

  async ready({ metadata }: Stored<Pod>, volume: Stored<PersistentVolume>, cause: Cause): Promise<void> {
    const csi = volume.spec!.csi!;
    const name = uniqueVolumeName(csi);
    if (mustBeAttached(await this.#orAbsent(this.#client.get(csiDrivers, undefined, csi.driver, cause)))) {
      this.#users.set(name, (this.#users.get(name) ?? new Set()).add(metadata.uid));
      const node: Stored<Node> = await this.#client.get(nodes, undefined, this.#node, cause);
      if (!isMountedAt(node, name)) throw new NotAttachedError(`Volume has not been added to the list of VolumesInUse in the node's volume status for volume ${JSON.stringify(volume.metadata.name)}`);
      if (!isReportedAttached(node, name)) throw new NotAttachedError(`Volume not attached according to node status for volume ${JSON.stringify(volume.metadata.name)}`);
    }
    const registered = await this.#orAbsent(this.#client.get(csiNodes, undefined, this.#node, cause));
    if (!registered?.spec.drivers.some((driver) => driver.name === csi.driver)) throw new DeviceError(`kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ${csi.driver} not found in the list of registered CSI drivers`);
  }

  async #orAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
    try {
      return await reading;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}
