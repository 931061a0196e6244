import type { ConfigMap, PersistentVolume, PersistentVolumeClaim, Pod, Secret, Stored, Volume } from '../../../contracts/k8s/index.ts';
import type { HostPathType, VolumeDirectory, VolumeStore } from '../../container-runtime/cri.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { isReadOnly } from './mounts.ts';
import { fieldValue, resourceValue, type EnvironmentSources } from '../environment/environment.ts';

const encoder = new TextEncoder();

/** What is wrong before the volume is the Pod's: with the device. */
export class DeviceError extends Error {}

/** A volume is not at this node yet: the kubelet looks again, and says nothing. */
export class NotAttachedError extends Error {}

/** A volume cannot be set up: FailedMount, tried again. The text is the event's. */
export class MountError extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface VolumeSources extends EnvironmentSources {
  readonly store: VolumeStore;
  claim(namespace: string, name: string): Promise<Stored<PersistentVolumeClaim> | undefined>;
  volume(name: string): Promise<Stored<PersistentVolume> | undefined>;
  /** Resolves when a driver's volume may be mounted here. Throws {@link NotAttachedError}, or what the driver lacks. */
  attached(pod: Stored<Pod>, volume: Stored<PersistentVolume>): Promise<void>;
  /** A token of the Pod's service account for an audience. */
  token(pod: Stored<Pod>, audience: string | undefined, expirationSeconds: number): Promise<string>;
}

type Files = Record<string, { content: Uint8Array; mode: number }>;

/** Makes (or refreshes) all volumes of a Pod. Throws {@link MountError} for the first that cannot be had. models volume manager: reconciler */
export async function setUpVolumes(pod: Stored<Pod>, sources: VolumeSources): Promise<Map<string, VolumeDirectory>> {
  const volumes = new Map<string, VolumeDirectory>();
  for (const volume of pod.spec?.volumes ?? []) {
    try {
      const directory = await setUp(pod, volume, sources);
      const fsGroup = pod.spec?.securityContext?.fsGroup;
      if (fsGroup !== undefined && !volume.hostPath) directory.setGroup(fsGroup, isReadOnly(volume));
      volumes.set(volume.name, directory);
    } catch (error) {
      if (error instanceof NotAttachedError) throw error;
      throw new MountError('FailedMount', `${error instanceof DeviceError ? 'MountVolume.MountDevice' : 'MountVolume.SetUp'} failed for volume ${JSON.stringify(nameOf(volume, error))} : ${(error as Error).message}`);
    }
  }
  return volumes;
}

/** A volume's own name, or the persistent volume's behind it. */
function nameOf(volume: Volume, error: unknown): string {
  return (error as { volumeName?: string }).volumeName ?? volume.name;
}

/** Do the contents follow what the API server has? What the service account gives is read again when its token is renewed. */
export function hasChangingVolumes(pod: Stored<Pod>): boolean {
  return (pod.spec?.volumes ?? []).some((volume) => volume.configMap || volume.secret || volume.downwardAPI || (volume.projected && !volume.name.startsWith('kube-api-access-')));
}

async function setUp(pod: Stored<Pod>, volume: Volume, sources: VolumeSources): Promise<VolumeDirectory> {
  const id = `${pod.metadata.uid}/${volume.name}`;
  const { store } = sources;
  if (volume.emptyDir) {
    const isMemory = volume.emptyDir.medium === 'Memory';
    const limit = volume.emptyDir.sizeLimit === undefined ? undefined : parseQuantity(volume.emptyDir.sizeLimit).value();
    return store.create(id, isMemory ? 'memory' : 'disk', isMemory ? { limitBytes: memoryLimit(pod, limit, sources) } : {});
  }
  if (volume.hostPath) return hostPath(volume.hostPath.path, volume.hostPath.type ?? '', store);
  if (volume.persistentVolumeClaim) return claimed(pod, volume.persistentVolumeClaim.claimName, sources);
  if (volume.ephemeral) return claimed(pod, `${pod.metadata.name}-${volume.name}`, sources);
  if (volume.csi) throw new Error(`kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name ${volume.csi.driver} not found in the list of registered CSI drivers`);
  if (volume.nfs) throw new Error(`mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs ${volume.nfs.server}:${volume.nfs.path} /var/lib/kubelet/pods/${pod.metadata.uid}/volumes/kubernetes.io~nfs/${volume.name}\nOutput: mount.nfs: Connection timed out`);
  const directory = store.create(id, 'memory');
  directory.replaceAll(await files(pod, volume, sources));
  return directory;
}

/** A memory-backed volume holds at most what the Pod's containers may use. models emptydir: calculateEmptyDirMemorySize */
function memoryLimit(pod: Stored<Pod>, sizeLimit: number | undefined, { allocatable }: VolumeSources): number {
  const containers = pod.spec?.containers ?? [];
  const limits = containers.map((container) => container.resources?.limits?.['memory']);
  const node = parseQuantity(allocatable['memory']!).value();
  const whole = limits.every((limit) => limit !== undefined) ? limits.reduce((sum, limit) => sum + parseQuantity(limit!).value(), 0) : node;
  return Math.min(sizeLimit && sizeLimit > 0 ? sizeLimit : Infinity, whole, node);
}

/** The volume behind a claim. Its contents outlive the Pod, and move with a volume that is not this node's own. */
async function claimed(pod: Stored<Pod>, claimName: string, sources: VolumeSources): Promise<VolumeDirectory> {
  const { store } = sources;
  const claim = await sources.claim(pod.metadata.namespace!, claimName);
  if (!claim) throw new Error(`persistentvolumeclaim ${JSON.stringify(claimName)} not found`);
  const volume = claim.spec?.volumeName ? await sources.volume(claim.spec.volumeName) : undefined;
  if (!volume || claim.status?.phase !== 'Bound') throw new Error(`can't use PVC ${pod.metadata.namespace}/${claimName}: PVC is not bound`);
  const name = volume.metadata.name;
  const { hostPath: path, local } = volume.spec ?? {};
  try {
    if (path) return hostPath(path.path, path.type ?? '', store);
    if (local) {
      if (store.hostPath(local.path).type === 'absent') throw new Error(`path ${JSON.stringify(local.path)} does not exist`);
      return store.hostPath(local.path).directory;
    }
    if (volume.spec?.csi) await sources.attached(pod, volume);
    return store.createShared(name);
  } catch (error) {
    throw Object.assign(error as Error, { volumeName: name });
  }
}

const KINDS: Readonly<Record<string, readonly [HostPathType, string]>> = { Directory: ['directory', 'a directory'], File: ['file', 'a file'], Socket: ['socket', 'a socket file'], CharDevice: ['char-device', 'a character device'], BlockDevice: ['block-device', 'a block device'] };

/** models pkg/volume/hostpath: hostPathTypeChecker */
function hostPath(path: string, type: string, store: VolumeStore): VolumeDirectory {
  const found = store.hostPath(path);
  const makes = type === 'DirectoryOrCreate' ? 'directory' : type === 'FileOrCreate' ? 'file' : undefined;
  if (makes && found.type === 'absent') return store.makeHostPath(path, makes);
  const wanted = makes ? KINDS[makes === 'directory' ? 'Directory' : 'File'] : KINDS[type];
  if (wanted && found.type !== wanted[0]) throw new Error(`hostPath type check failed: ${path} is not ${wanted[1]}`);
  return found.directory;
}

async function files(pod: Stored<Pod>, volume: Volume, sources: VolumeSources): Promise<Files> {
  const namespace = pod.metadata.namespace!;
  if (volume.configMap) return keys(namespace, 'configmap', { ...volume.configMap, name: volume.configMap.name! }, volume.configMap.defaultMode, sources);
  if (volume.secret) return keys(namespace, 'secret', { ...volume.secret, name: volume.secret.secretName! }, volume.secret.defaultMode, sources);
  if (volume.downwardAPI) return downward(pod, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode, sources);
  if (!volume.projected) throw new Error('this kind of volume is not simulated');
  const mode = volume.projected.defaultMode;
  let all: Files = {};
  for (const source of volume.projected.sources ?? []) {
    if (source.configMap) all = { ...all, ...(await keys(namespace, 'configmap', { ...source.configMap, name: source.configMap.name! }, mode, sources)) };
    if (source.secret) all = { ...all, ...(await keys(namespace, 'secret', { ...source.secret, name: source.secret.name! }, mode, sources)) };
    if (source.downwardAPI) all = { ...all, ...downward(pod, source.downwardAPI.items ?? [], mode, sources) };
    if (source.serviceAccountToken) {
      const { audience, expirationSeconds = 3600, path } = source.serviceAccountToken;
      all[path] = { content: encoder.encode(await sources.token(pod, audience, expirationSeconds)), mode: mode ?? 0o644 };
    }
  }
  return all;
}

interface KeySource {
  readonly name: string;
  readonly optional?: boolean;
  readonly items?: readonly { key: string; path: string; mode?: number }[];
}

async function keys(namespace: string, kind: 'configmap' | 'secret', source: KeySource, defaultMode: number | undefined, sources: VolumeSources): Promise<Files> {
  const data = kind === 'configmap' ? bytesOfConfigMap(await sources.configMap(namespace, source.name)) : bytesOfSecret(await sources.secret(namespace, source.name));
  if (!data) {
    if (source.optional) return {};
    throw new Error(`${kind} ${JSON.stringify(source.name)} not found`);
  }
  const mode = defaultMode ?? 0o644;
  if (!source.items) return Object.fromEntries(Object.entries(data).map(([key, content]) => [key, { content, mode }]));
  return Object.fromEntries(
    source.items.flatMap(({ key, path, mode: own }) => {
      const content = data[key];
      if (content === undefined && !source.optional) throw new Error(kind === 'secret' ? `references non-existent secret key: ${key}` : `configmap references non-existent config key: ${key}`);
      return content === undefined ? [] : [[path, { content, mode: own ?? mode }]];
    }),
  );
}

const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

function bytesOfConfigMap(object: ConfigMap | undefined): Record<string, Uint8Array> | undefined {
  if (!object) return undefined;
  return { ...Object.fromEntries(Object.entries(object.data ?? {}).map(([key, text]) => [key, encoder.encode(text)])), ...Object.fromEntries(Object.entries(object.binaryData ?? {}).map(([key, text]) => [key, fromBase64(text)])) };
}

function bytesOfSecret(object: Secret | undefined): Record<string, Uint8Array> | undefined {
  return object && Object.fromEntries(Object.entries(object.data ?? {}).map(([key, text]) => [key, fromBase64(text)]));
}

function downward(pod: Stored<Pod>, items: readonly { path: string; fieldRef?: { fieldPath: string }; resourceFieldRef?: { containerName?: string; resource: string; divisor?: string }; mode?: number }[], mode: number | undefined, sources: VolumeSources): Files {
  return Object.fromEntries(
    items.map(({ path, fieldRef, resourceFieldRef, mode: own }) => {
      const container = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find((candidate) => candidate.name === resourceFieldRef?.containerName);
      const text = fieldRef ? fieldValue(pod, fieldRef.fieldPath, sources) : container && resourceFieldRef ? resourceValue(container, resourceFieldRef.resource, resourceFieldRef.divisor, sources) : '';
      return [path, { content: encoder.encode(text), mode: own ?? mode ?? 0o644 }];
    }),
  );
}
