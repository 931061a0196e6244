import type { ConfigMapVolumeSource, DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource, Volume } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { dns1123LabelProblems } from '../../../machinery/names.ts';
import { duplicate, forbidden, invalid, invalidName, notSupported, required } from '../findings.ts';
import { parseQuantity } from '../../../machinery/quantity.ts';
import { fieldRefFindings, resourceFieldRefFindings, VOLUME_FIELD_PATHS } from './field-refs.ts';

const HOST_PATH_TYPES = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];
const NOT_A_MODE = 'must be a number between 0 and 0777 (octal), both inclusive';

/** The sources in the order in which upstream looks at them: the second one found is the forbidden one. */
const SOURCES = [
  'emptyDir', 'hostPath', 'gitRepo', 'gcePersistentDisk', 'awsElasticBlockStore', 'secret', 'nfs', 'iscsi', 'glusterfs', 'flexVolume', 'persistentVolumeClaim', 'rbd', 'cinder', 'cephfs', 'flocker',
  'downwardAPI', 'fc', 'azureFile', 'configMap', 'vsphereVolume', 'photonPersistentDisk', 'portworxVolume', 'azureDisk', 'storageos', 'scaleIO', 'projected', 'csi', 'ephemeral', 'image',
] as const;

/**
 * The findings, and the names of the volumes that may be mounted: those without any.
 *
 * models pkg/apis/core/validation: ValidateVolumes
 */
export function validateVolumes(volumes: readonly Volume[] | undefined, field: string): { findings: FieldError[]; names: Set<string> } {
  const findings: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, volume] of (volumes ?? []).entries()) {
    const at = `${field}[${index}]`;
    const own = validateSource(volume, at);
    if (!volume.name) own.push(required(`${at}.name`));
    else own.push(...invalidName(`${at}.name`, volume.name, dns1123LabelProblems(volume.name)));
    if (names.has(volume.name)) own.push(duplicate(`${at}.name`, volume.name));
    if (own.length === 0) names.add(volume.name);
    findings.push(...own);
  }
  return { findings, names };
}

function validateSource(volume: Readonly<Volume>, at: string): FieldError[] {
  const present = SOURCES.filter((source) => volume[source as keyof Volume] !== undefined);
  if (present.length === 0) return [required(at, 'must specify a volume type')];
  const [first, ...more] = present;
  return [...validateOne(volume, first!, `${at}.${first}`), ...more.map((source) => forbidden(`${at}.${source}`, 'may not specify more than 1 volume type'))];
}

function validateOne(volume: Readonly<Volume>, source: (typeof SOURCES)[number], at: string): FieldError[] {
  switch (source) {
    case 'emptyDir': {
      const limit = volume.emptyDir?.sizeLimit;
      return limit !== undefined && parseQuantity(limit).sign < 0 ? [forbidden(`${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')] : [];
    }
    case 'hostPath': {
      const { path, type } = volume.hostPath!;
      if (!path) return [required(`${at}.path`)];
      const findings = backstepFindings(path, `${at}.path`);
      if (type !== undefined && !HOST_PATH_TYPES.includes(type)) findings.push(notSupported(`${at}.type`, type, HOST_PATH_TYPES));
      return findings;
    }
    case 'secret':
      return [...(volume.secret!.secretName ? [] : [required(`${at}.secretName`)]), ...modeFindings(volume.secret!.defaultMode, `${at}.defaultMode`), ...itemFindings(volume.secret!.items, `${at}.items`)];
    case 'configMap':
      return validateConfigMap(volume.configMap!, at);
    case 'persistentVolumeClaim':
      return volume.persistentVolumeClaim!.claimName ? [] : [required(`${at}.claimName`)];
    case 'nfs': {
      const { server, path } = volume.nfs!;
      return [...(server ? [] : [required(`${at}.server`)]), ...(path ? [] : [required(`${at}.path`)]), ...(path?.startsWith('/') === false ? [invalid(`${at}.path`, path, 'must be an absolute path')] : [])];
    }
    case 'downwardAPI':
      return [...modeFindings(volume.downwardAPI!.defaultMode, `${at}.defaultMode`), ...(volume.downwardAPI!.items ?? []).flatMap((file) => downwardFindings(file, at))];
    case 'projected':
      return validateProjected(volume.projected!, at);
    case 'csi':
      return volume.csi!.driver ? [] : [required(`${at}.driver`)];
    case 'ephemeral':
      return volume.ephemeral!.volumeClaimTemplate ? [] : [required(`${at}.volumeClaimTemplate`)];
    default:
      return [];
  }
}

function validateConfigMap(source: Readonly<ConfigMapVolumeSource>, at: string): FieldError[] {
  return [...(source.name ? [] : [required(`${at}.name`)]), ...modeFindings(source.defaultMode, `${at}.defaultMode`), ...itemFindings(source.items, `${at}.items`)];
}

/** models validateProjectionSources */
function validateProjected(source: Readonly<ProjectedVolumeSource>, at: string): FieldError[] {
  const findings = modeFindings(source.defaultMode, `${at}.defaultMode`);
  const paths = new Set<string>();
  const unique = (path: string | undefined, field: string, name: string): void => {
    if (path && paths.has(path)) findings.push(invalid(field, name, `conflicting duplicate paths`));
    if (path) paths.add(path);
  };
  for (const [index, one] of (source.sources ?? []).entries()) {
    const place = `${at}.sources[${index}]`;
    if (Object.values(one).filter((part) => part !== undefined).length > 1) findings.push(forbidden(place, 'may not specify more than 1 volume type'));
    if (one.secret) {
      if (!one.secret.name) findings.push(required(`${place}.secret.name`));
      findings.push(...itemFindings(one.secret.items, `${place}.secret.items`));
      for (const item of one.secret.items ?? []) unique(item.path, `${place}.secret`, one.secret.name ?? '');
    }
    if (one.configMap) {
      if (!one.configMap.name) findings.push(required(`${place}.configMap.name`));
      findings.push(...itemFindings(one.configMap.items, `${place}.configMap.items`));
      for (const item of one.configMap.items ?? []) unique(item.path, `${place}.configMap`, one.configMap.name ?? '');
    }
    for (const file of one.downwardAPI?.items ?? []) findings.push(...downwardFindings(file, `${place}.downwardAPI`));
    const token = one.serviceAccountToken;
    if (token) {
      const seconds = token.expirationSeconds ?? 3600;
      if (seconds < 600) findings.push(invalid(`${place}.serviceAccountToken.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
      if (!token.path) findings.push(required(`${place}.serviceAccountToken.path`));
    }
  }
  return findings;
}

function downwardFindings(file: Readonly<DownwardAPIVolumeFile>, at: string): FieldError[] {
  const findings = file.path ? localPathFindings(file.path, `${at}.path`) : [required(`${at}.path`)];
  if (file.fieldRef) {
    findings.push(...fieldRefFindings(file.fieldRef, VOLUME_FIELD_PATHS, `${at}.fieldRef`));
    if (file.resourceFieldRef) findings.push(invalid(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (file.resourceFieldRef) findings.push(...resourceFieldRefFindings(file.resourceFieldRef, `${at}.resourceFieldRef`, true));
  else findings.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
  return [...findings, ...modeFindings(file.mode, `${at}.mode`)];
}

function itemFindings(items: readonly KeyToPath[] | undefined, field: string): FieldError[] {
  return (items ?? []).flatMap((item, index) => [
    ...(item.key ? [] : [required(`${field}[${index}].key`)]),
    ...(item.path ? localPathFindings(item.path, `${field}[${index}].path`) : [required(`${field}[${index}].path`)]),
    ...modeFindings(item.mode, `${field}[${index}].mode`),
  ]);
}

function modeFindings(mode: number | undefined, field: string): FieldError[] {
  return mode !== undefined && (mode < 0 || mode > 0o777) ? [invalid(field, mode, NOT_A_MODE)] : [];
}

function backstepFindings(path: string, field: string): FieldError[] {
  return path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : [];
}

/** models validateLocalDescendingPath */
export function descendingPathFindings(path: string, field: string): FieldError[] {
  return [...(path.startsWith('/') ? [invalid(field, path, 'must be a relative path')] : []), ...backstepFindings(path, field)];
}

/** models validateLocalNonReservedPath */
function localPathFindings(path: string, field: string): FieldError[] {
  const findings = descendingPathFindings(path, field);
  if (path.startsWith('..') && !path.startsWith('../')) findings.push(invalid(field, path, "must not start with '..'"));
  return findings;
}
