import type { Node } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { invalid, notSupported, required } from '../../shared/findings.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import type { FieldError } from '../../../machinery/field-error.ts';

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

  prepareForUpdate(next, previous) {
    next.status = previous.status!;
  },
  validate: (object) => validateTaints(object),
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

function validateTaints(object: Readonly<Node>): FieldError[] {
  const seen = new Set<string>();
  return (object.spec?.taints ?? []).flatMap((taint, index): FieldError[] => {
    const at = `spec.taints[${index}]`;
    const findings: FieldError[] = [];
    if (!taint.effect) findings.push(required(`${at}.effect`));
    else if (!['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(taint.effect)) findings.push(notSupported(`${at}.effect`, taint.effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']));
    const identity = `${taint.key}:${taint.effect}`;
    if (seen.has(identity)) findings.push({ ...invalid(at, taint, 'taints must be unique by key and effect pair'), type: 'Duplicate' });
    seen.add(identity);
    return findings;
  });
}
