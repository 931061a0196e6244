import { isRecord } from '../objects.ts';
import { NAMED, STRUCTS, type GoField } from './go-types.ts';

/**
 * Where the internal types (pkg/apis/core) differ from those of the API in what they hold, and in which order. The rest
 * of a Pod is declared alike in both.
 */
const ORDERS: Readonly<Record<string, readonly string[]>> = {
  'v1.PodSpec': [
    'Volumes', 'InitContainers', 'Containers', 'EphemeralContainers', 'RestartPolicy', 'TerminationGracePeriodSeconds', 'ActiveDeadlineSeconds', 'DNSPolicy', 'NodeSelector',
    'ServiceAccountName', 'AutomountServiceAccountToken', 'NodeName', 'SecurityContext', 'ImagePullSecrets', 'Hostname', 'Subdomain', 'SetHostnameAsFQDN', 'Affinity', 'SchedulerName',
    'Tolerations', 'HostAliases', 'PriorityClassName', 'Priority', 'PreemptionPolicy', 'DNSConfig', 'ReadinessGates', 'RuntimeClassName', 'Overhead', 'EnableServiceLinks',
    'TopologySpreadConstraints', 'OS', 'SchedulingGates', 'ResourceClaims', 'Resources', 'HostnameOverride', 'SchedulingGroup',
  ],
  'v1.PodSecurityContext': [
    'HostNetwork', 'HostPID', 'HostIPC', 'ShareProcessNamespace', 'HostUsers', 'SELinuxOptions', 'WindowsOptions', 'RunAsUser', 'RunAsGroup', 'RunAsNonRoot', 'SupplementalGroups',
    'SupplementalGroupsPolicy', 'FSGroup', 'FSGroupChangePolicy', 'Sysctls', 'SeccompProfile', 'AppArmorProfile', 'SELinuxChangePolicy',
  ],
};

/** What belongs to the namespaces of a node: the API has it in the spec, the internal type in its security context. */
const NODE_NAMESPACES = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'];

/** Types of apimachinery, which name their fields for JSON themselves. */
const TAGGED = new Set(['v1.LabelSelector', 'v1.ObjectMeta']);

/**
 * A Pod's spec as Go's json.Marshal writes the internal type: capitalised keys, and every field, empty or not. Messages
 * of validation print it.
 */
export function internalPodSpec(spec: object): object {
  const given = spec as Readonly<Record<string, unknown>>;
  const moved = Object.fromEntries(NODE_NAMESPACES.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]));
  const context = given['securityContext'];
  return form({ ...given, ...(isRecord(context) ? { securityContext: { ...moved, ...context } } : {}) }, 'v1.PodSpec') as object;
}

function fieldsOf(type: string): readonly GoField[] {
  const declared = STRUCTS[type];
  if (!declared) throw new TypeError(`Go's ${type} is not known here`);
  const order = ORDERS[type];
  if (!order) return declared;
  const known = new Map([...STRUCTS['v1.PodSpec']!, ...declared].map((field) => [field[0], field]));
  return order.flatMap((name) => (known.has(name) ? [known.get(name)!] : []));
}

function form(value: unknown, type: string): unknown {
  const isPointer = type.startsWith('*');
  const bare = isPointer ? type.slice(1) : type;
  const basic = NAMED[bare] ?? bare;
  if (isPointer && (value === undefined || value === null)) return null;
  if (basic.startsWith('[]')) return Array.isArray(value) && value.length > 0 ? value.map((item) => form(item, basic.slice(2))) : null;
  if (basic.startsWith('map[')) return isRecord(value) && Object.keys(value).length > 0 ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : null;
  if (TAGGED.has(basic)) return value ?? {};
  switch (basic) {
    case 'string':
      return value ?? '';
    case 'bool':
      return value ?? false;
    case 'resource.Quantity':
      return value ?? '0';
    default:
      return STRUCTS[basic] ? struct(isRecord(value) ? value : {}, basic) : (value ?? 0);
  }
}

/** An embedded struct's fields stand among those of the one around it. */
function struct(value: Readonly<Record<string, unknown>>, type: string): Record<string, unknown> {
  return Object.fromEntries(
    fieldsOf(type).flatMap(([name, fieldType, json]): [string, unknown][] => (json === undefined ? Object.entries(struct(value, fieldType)) : [[name, form(value[json], fieldType)]])),
  );
}
