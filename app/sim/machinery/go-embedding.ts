/**
 * Structs that Go types embed: their fields stand in JSON as if they were the outer type's own, but Go's decoder names the
 * embedded struct on the way to a field that it cannot read (`livenessProbe.ProbeHandler.exec.command`).
 */
interface Embedded {
  readonly name: string;
  readonly fields?: readonly string[];
  readonly allBut?: readonly string[];
}

const LOCAL_REFERENCE: Embedded = { name: 'LocalObjectReference', fields: ['name'] };
const RULE = ['apiGroups', 'apiVersions', 'resources', 'scope'];

const EMBEDDED: Readonly<Record<string, readonly Embedded[]>> = {
  Probe: [{ name: 'ProbeHandler', fields: ['exec', 'httpGet', 'tcpSocket', 'grpc'] }],
  Volume: [{ name: 'VolumeSource', allBut: ['name'] }],
  EphemeralContainer: [{ name: 'EphemeralContainerCommon', allBut: ['targetContainerName'] }],
  PersistentVolumeSpec: [{ name: 'PersistentVolumeSource', allBut: ['capacity', 'accessModes', 'claimRef', 'persistentVolumeReclaimPolicy', 'storageClassName', 'mountOptions', 'volumeMode', 'nodeAffinity', 'volumeAttributesClassName'] }],
  ConfigMapKeySelector: [LOCAL_REFERENCE],
  SecretKeySelector: [LOCAL_REFERENCE],
  ConfigMapEnvSource: [LOCAL_REFERENCE],
  SecretEnvSource: [LOCAL_REFERENCE],
  ConfigMapVolumeSource: [LOCAL_REFERENCE],
  ConfigMapProjection: [LOCAL_REFERENCE],
  SecretProjection: [LOCAL_REFERENCE],
  IngressRule: [{ name: 'IngressRuleValue', fields: ['http'] }],
  RuleWithOperations: [{ name: 'Rule', fields: RULE }],
  NamedRuleWithOperations: [{ name: 'RuleWithOperations.Rule', fields: RULE }, { name: 'RuleWithOperations', fields: ['operations'] }],
};

/** `VolumeSource.configMap`: how Go's decoder calls a field of a type. `hasKind`: the type is one of those with a kind of their own. */
export function goFieldPath(typeName: string, field: string, hasKind: boolean): string {
  if (hasKind && (field === 'kind' || field === 'apiVersion')) return `TypeMeta.${field}`;
  const embedded = EMBEDDED[typeName]?.find(({ fields, allBut }) => fields?.includes(field) ?? !allBut!.includes(field));
  return embedded ? `${embedded.name}.${field}` : field;
}
