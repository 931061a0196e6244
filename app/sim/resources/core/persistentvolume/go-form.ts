/** The sources of a volume in the order of upstream's internal struct. */
export const SOURCE_FIELDS: readonly string[] = [
  'gcePersistentDisk', 'awsElasticBlockStore', 'hostPath', 'glusterfs', 'nfs', 'rbd', 'quobyte', 'iscsi', 'flexVolume', 'cinder', 'cephfs', 'fc', 'flocker', 'azureFile',
  'vsphereVolume', 'azureDisk', 'photonPersistentDisk', 'portworxVolume', 'scaleIO', 'local', 'storageos', 'csi',
];

const STRUCTS: Readonly<Record<string, readonly (readonly [field: string, name: string, struct?: string])[]>> = {
  PersistentVolumeSource: [
    ['gcePersistentDisk', 'GCEPersistentDisk'], ['awsElasticBlockStore', 'AWSElasticBlockStore'], ['hostPath', 'HostPath', 'HostPath'], ['glusterfs', 'Glusterfs'], ['nfs', 'NFS', 'NFS'],
    ['rbd', 'RBD'], ['quobyte', 'Quobyte'], ['iscsi', 'ISCSI'], ['flexVolume', 'FlexVolume'], ['cinder', 'Cinder'], ['cephfs', 'CephFS'], ['fc', 'FC'], ['flocker', 'Flocker'],
    ['azureFile', 'AzureFile'], ['vsphereVolume', 'VsphereVolume'], ['azureDisk', 'AzureDisk'], ['photonPersistentDisk', 'PhotonPersistentDisk'], ['portworxVolume', 'PortworxVolume'],
    ['scaleIO', 'ScaleIO'], ['local', 'Local', 'Local'], ['storageos', 'StorageOS'], ['csi', 'CSI', 'CSI'],
  ],
  HostPath: [['path', 'Path'], ['type', 'Type']],
  NFS: [['server', 'Server'], ['path', 'Path'], ['readOnly', 'ReadOnly', '=false']],
  Local: [['path', 'Path'], ['fsType', 'FSType']],
  CSI: [
    ['driver', 'Driver'], ['volumeHandle', 'VolumeHandle'], ['readOnly', 'ReadOnly', '=false'], ['fsType', 'FSType', '=""'], ['volumeAttributes', 'VolumeAttributes'],
    ['controllerPublishSecretRef', 'ControllerPublishSecretRef', 'SecretReference'], ['nodeStageSecretRef', 'NodeStageSecretRef', 'SecretReference'],
    ['nodePublishSecretRef', 'NodePublishSecretRef', 'SecretReference'], ['controllerExpandSecretRef', 'ControllerExpandSecretRef', 'SecretReference'],
    ['nodeExpandSecretRef', 'NodeExpandSecretRef', 'SecretReference'],
  ],
  SecretReference: [['name', 'Name', '=""'], ['namespace', 'Namespace', '=""']],
  PersistentVolumeClaimSpec: [
    ['accessModes', 'AccessModes'], ['selector', 'Selector'], ['resources', 'Resources', '!VolumeResources'], ['volumeName', 'VolumeName', '=""'], ['storageClassName', 'StorageClassName'],
    ['volumeMode', 'VolumeMode'], ['dataSource', 'DataSource', 'TypedReference'], ['dataSourceRef', 'DataSourceRef', 'TypedObjectReference'], ['volumeAttributesClassName', 'VolumeAttributesClassName'],
  ],
  VolumeResources: [['limits', 'Limits'], ['requests', 'Requests']],
  TypedReference: [['apiGroup', 'APIGroup'], ['kind', 'Kind'], ['name', 'Name']],
  TypedObjectReference: [['apiGroup', 'APIGroup'], ['kind', 'Kind'], ['name', 'Name'], ['namespace', 'Namespace']],
};

/**
 * An object as Go marshals the internal struct of that name: capitalised keys, all fields, one space of indent. The third
 * word of a row: the struct below, `!struct` when it is there even without a value, `=text` for the zero value.
 */
export function goStruct(struct: string, value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(form(struct, value), undefined, 1);
}

function form(struct: string, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    STRUCTS[struct]!.map(([field, name, below]) => {
      const own = value[field];
      if (below?.startsWith('=')) return [name, own ?? JSON.parse(below.slice(1))];
      if (below?.startsWith('!')) return [name, form(below.slice(1), (own ?? {}) as Record<string, unknown>)];
      return [name, own === undefined || own === null ? null : below ? form(below, own as Record<string, unknown>) : own];
    }),
  );
}
