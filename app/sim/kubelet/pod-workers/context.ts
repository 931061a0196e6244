import type { LogLevel } from '../../machinery/klog.ts';
import type { Clock, Ids } from '../../../base/clock/index.ts';
import type { ConfigMap, PersistentVolume, PersistentVolumeClaim, Pod, Secret, Service, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { ApiClient } from '../../client/api-client.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import { configMaps, persistentVolumeClaims, persistentVolumes, secrets } from '../../client/resource-types.ts';
import type { ContainerRuntime, VolumeStore } from '../../container-runtime/cri.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { NetworkNamespace } from '../../network/network.ts';
import type { PullQueue } from '../images/image-manager.ts';
import type { NodeConfig } from '../node-status/node-status.ts';
import type { TokenManager } from '../token/token-manager.ts';
import type { AttachableVolumes } from '../volumes/attachable-volumes.ts';
import type { VolumeSources } from '../volumes/volumes.ts';

/** What every pod worker of a kubelet shares. */
export interface WorkerContext {
  /** Into the kubelet's own log. */
  log(level: LogLevel, text: string): void;
  readonly node: NodeConfig;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly client: ApiClient;
  readonly events: EventRecorder;
  readonly runtime: ContainerRuntime;
  readonly volumes: VolumeStore;
  readonly attachables: AttachableVolumes;
  readonly network: NetworkNamespace;
  readonly pulls: PullQueue;
  readonly tokens: TokenManager;
  services(namespace: string): readonly Stored<Service>[];
  /** Why the node cannot take the Pod; undefined: it can. */
  admit(pod: Stored<Pod>): { readonly reason: string; readonly message: string } | undefined;
  /** Reads the Node anew: what the kubelet knows of it may be older than what the scheduler saw. */
  refreshNode(cause: Cause): Promise<void>;
  /** Would it fit if the node had nothing else? */
  fitsEmpty(pod: Stored<Pod>): boolean;
  /** What the Pod had of the node is free again. */
  released(pod: Stored<Pod>): void;
  /** Asks the worker of a Pod to look again. */
  poke(uid: string, cause: Cause): void;
}

/** Reads what variables and volumes need, as the kubelet's managers do: on demand, with the node's rights. */
export function volumeSources(context: WorkerContext, podIP: string, cause: Cause): VolumeSources {
  const { client, node } = context;
  const orAbsent = async <T>(reading: Promise<T>): Promise<T | undefined> => {
    try {
      return await reading;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  return {
    store: context.volumes,
    podIP,
    hostIP: node.address,
    allocatable: { cpu: String(node.cpus), memory: String(node.memory) },
    services: (namespace) => context.services(namespace),
    configMap: (namespace, name) => orAbsent<Stored<ConfigMap>>(client.get(configMaps, namespace, name, cause)),
    secret: (namespace, name) => orAbsent<Stored<Secret>>(client.get(secrets, namespace, name, cause)),
    claim: (namespace, name) => orAbsent<Stored<PersistentVolumeClaim>>(client.get(persistentVolumeClaims, namespace, name, cause)),
    volume: (name) => orAbsent<Stored<PersistentVolume>>(client.get(persistentVolumes, undefined, name, cause)),
    token: (pod, audience, expirationSeconds) => context.tokens.get(pod, audience, expirationSeconds, cause),
    attached: (pod, volume) => context.attachables.ready(pod, volume, cause),
  };
}
