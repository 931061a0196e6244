import type { Container, Pod, Stored, Volume } from '../../../contracts/k8s/index.ts';
import type { Mount, VolumeDirectory, VolumeStore } from '../../container-runtime/cri.ts';
import { decoded, fieldValue, resourceValue, type EnvironmentSources } from '../environment/environment.ts';

const encoder = new TextEncoder();

/** A volume cannot be set up: FailedMount, tried again. The text is the event's. */
export class MountError extends Error {}

export interface VolumeSources extends EnvironmentSources {
  readonly store: VolumeStore;
  /** A token of the Pod's service account for an audience. */
  token(pod: Stored<Pod>, audience: string | undefined, expirationSeconds: number): Promise<string>;
}

type Files = Record<string, { content: Uint8Array; mode: number }>;

/** Makes (or refreshes) all volumes of a Pod. Throws {@link MountError} for the first that cannot be had. */
export async function setUpVolumes(pod: Stored<Pod>, sources: VolumeSources): Promise<Map<string, VolumeDirectory>> {
  const volumes = new Map<string, VolumeDirectory>();
  for (const volume of pod.spec?.volumes ?? []) {
    try {
      volumes.set(volume.name, await setUp(pod, volume, sources));
    } catch (error) {
      throw new MountError(`MountVolume.SetUp failed for volume ${JSON.stringify(volume.name)} : ${(error as Error).message}`);
    }
  }
  return volumes;
}

async function setUp(pod: Stored<Pod>, volume: Volume, sources: VolumeSources): Promise<VolumeDirectory> {
  const id = `${pod.metadata.uid}/${volume.name}`;
  if (volume.emptyDir) return sources.store.create(id, volume.emptyDir.medium === 'Memory' ? 'memory' : 'disk');
  if (volume.hostPath) return hostPath(volume.hostPath.path, volume.hostPath.type ?? '', sources.store);
  const directory = sources.store.create(id, 'memory');
  directory.replaceAll(await files(pod, volume, sources));
  return directory;
}

function hostPath(path: string, type: string, store: VolumeStore): VolumeDirectory {
  const found = store.hostPath(path);
  const refuse = (kind: string): never => {
    throw new Error(`hostPath type check failed: ${path} is not ${kind}`);
  };
  switch (type) {
    case 'Directory':
      if (found.type !== 'directory') refuse('a directory');
      break;
    case 'File':
      if (found.type !== 'file') refuse('a file');
      break;
    case 'DirectoryOrCreate':
      return store.makeHostPath(path, 'directory');
    case 'FileOrCreate':
      return store.makeHostPath(path, 'file');
  }
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
  const data = kind === 'configmap' ? (await sources.configMap(namespace, source.name))?.data : decoded((await sources.secret(namespace, source.name))?.data);
  const exists = data !== undefined || (kind === 'configmap' ? await sources.configMap(namespace, source.name) : await sources.secret(namespace, source.name)) !== undefined;
  if (!exists) {
    if (source.optional) return {};
    throw new Error(`${kind} ${JSON.stringify(source.name)} not found`);
  }
  const mode = defaultMode ?? 0o644;
  const make = (text: string, own?: number): Files[string] => ({ content: encoder.encode(text), mode: own ?? mode });
  if (!source.items) return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, make(value)]));
  return Object.fromEntries(
    source.items.flatMap(({ key, path, mode: own }) => {
      const value = data?.[key];
      if (value === undefined && !source.optional) throw new Error(`references non-existent ${kind === 'secret' ? 'secret' : 'config'} key: ${key}`);
      return value === undefined ? [] : [[path, make(value, own)]];
    }),
  );
}

function downward(pod: Stored<Pod>, items: readonly { path: string; fieldRef?: { fieldPath: string }; resourceFieldRef?: { containerName?: string; resource: string; divisor?: string }; mode?: number }[], mode: number | undefined, sources: VolumeSources): Files {
  return Object.fromEntries(
    items.map(({ path, fieldRef, resourceFieldRef, mode: own }) => {
      const container = (pod.spec?.containers ?? []).find((candidate) => candidate.name === resourceFieldRef?.containerName);
      const text = fieldRef ? fieldValue(pod, fieldRef.fieldPath, sources) : container && resourceFieldRef ? resourceValue(container, resourceFieldRef.resource, resourceFieldRef.divisor, sources) : '';
      return [path, { content: encoder.encode(text), mode: own ?? mode ?? 0o644 }];
    }),
  );
}

/** The mounts of one container, with `$(NAME)` in subPathExpr resolved. */
export function mountsOf(container: Container, volumes: ReadonlyMap<string, VolumeDirectory>, environment: readonly { name: string; value: string }[]): Mount[] {
  return (container.volumeMounts ?? []).map(({ name, mountPath, subPath, subPathExpr, readOnly }) => {
    const values = new Map(environment.map((variable) => [variable.name, variable.value]));
    const below = subPathExpr?.replace(/\$\(([^)]*)\)/g, (_, key: string) => values.get(key) ?? '') ?? subPath;
    return { containerPath: mountPath, source: volumes.get(name)!, ...(below ? { subPath: below } : {}), readOnly: readOnly ?? false };
  });
}
