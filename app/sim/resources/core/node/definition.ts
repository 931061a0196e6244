import type { Node } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { validateNode } from './validation.ts';

export const node = defineResource<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  scope: 'Cluster',
  shortNames: ['no'],
  schema: 'io.k8s.api.core.v1.Node',
  storage: 'minions',

  /** One address range and the list of them say the same. models Convert_v1_NodeSpec_To_core_NodeSpec */
  applyDefaults({ spec }) {
    if (spec?.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
    else if (spec && !spec.podCIDR && spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
  },

  prepareForUpdate(next, previous) {
    next.status = previous.status!;
  },
  validate: validateNode,
  columns: columnsOf<Node>('v1/nodes', [
    objectName,
    statusText,
    rolesText,
    objectAge,
    (object) => object.status?.nodeInfo?.kubeletVersion ?? '',
    (object) => address(object, 'InternalIP'),
    (object) => address(object, 'ExternalIP'),
    (object) => object.status?.nodeInfo?.osImage || '<unknown>',
    kernelText,
    (object) => object.status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
  ]),
  selectableFields: { 'spec.unschedulable': (object) => String(object.spec?.unschedulable ?? false) },
  subresources: { status: {}, others: { proxy: { kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] } } },
});

/** `Ready`, `NotReady`, `Ready,SchedulingDisabled`, `Unknown`: models printers: printNode */
export function statusText(object: Readonly<Node>): string {
  const ready = object.status?.conditions?.find((condition) => condition.type === 'Ready');
  const words = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'];
  if (object.spec?.unschedulable) words.push('SchedulingDisabled');
  return words.join(',');
}

function rolesText(object: Readonly<Node>): string {
  const roles: string[] = [];
  for (const [key, value] of Object.entries(object.metadata?.labels ?? {})) {
    if (key.startsWith('node-role.kubernetes.io/') && key.length > 'node-role.kubernetes.io/'.length) roles.push(key.slice('node-role.kubernetes.io/'.length));
    else if (key === 'kubernetes.io/role' && value) roles.push(value);
  }
  return roles.sort().join(',') || '<none>';
}

function address(object: Readonly<Node>, type: string): string {
  return object.status?.addresses?.find((candidate) => candidate.type === type)?.address ?? '<none>';
}

function kernelText(object: Readonly<Node>): string {
  const info = object.status?.nodeInfo;
  return info?.kernelVersion ? `${info.kernelVersion} (${info.architecture})` : '<unknown>';
}
