import type { Container, Pod, Stored, Volume } from '../../../contracts/k8s/index.ts';
import type { Mount, VolumeDirectory } from '../../container-runtime/cri.ts';
import { ConfigError } from '../environment/environment.ts';

const DEFAULT_MESSAGE_PATH = '/dev/termination-log';

/** The mounts of one container, with `$(NAME)` in subPathExpr resolved. models pkg/kubelet: makeMounts */
export function mountsOf(pod: Stored<Pod>, container: Container, volumes: ReadonlyMap<string, VolumeDirectory>, environment: readonly { name: string; value: string }[], terminationLog: VolumeDirectory): Mount[] {
  const values = new Map(environment.map((variable) => [variable.name, variable.value]));
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath, subPath, subPathExpr, readOnly }): Mount => {
    const below = subPathExpr === undefined || subPathExpr === '' ? subPath : expandAll(subPathExpr, values);
    const volume = (pod.spec?.volumes ?? []).find((candidate) => candidate.name === name);
    return { containerPath: mountPath, source: volumes.get(name)!, ...(below ? { subPath: below } : {}), readOnly: (readOnly ?? false) || isReadOnly(volume) };
  });
  return [...mounts, { containerPath: container.terminationMessagePath || DEFAULT_MESSAGE_PATH, source: terminationLog, readOnly: false }];
}

/** What the API server fills cannot be written. */
export function isReadOnly(volume: Volume | undefined): boolean {
  return volume !== undefined && Boolean(volume.configMap || volume.secret || volume.projected || volume.downwardAPI || volume.persistentVolumeClaim?.readOnly);
}

/** Every name must have a value. models expansion with missing keys as errors */
function expandAll(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => {
    if (whole === '$$') return '$';
    const value = values.get(name!);
    if (value === undefined) throw new ConfigError(`missing value for ${name}`);
    return value;
  });
}
