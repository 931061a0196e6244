import type { Node, Pod, Stored } from '../../../../contracts/k8s/index.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../../interfaces.ts';
import { refusal } from '../refusal.ts';

const USER_PREFIX = 'system:node:';
const MIRROR = 'kubernetes.io/config.mirror';
/** Labels of the kubernetes.io and k8s.io domains that a kubelet may set on its node. models kubelet/pkg/apis: kubeletLabels */
const OWN_LABELS = new Set([
  'kubernetes.io/hostname', 'topology.kubernetes.io/zone', 'topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type', 'beta.kubernetes.io/instance-type', 'kubernetes.io/os', 'kubernetes.io/arch', 'beta.kubernetes.io/os', 'beta.kubernetes.io/arch', 'node.kubernetes.io/windows-build',
]);
const OWN_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

/** A kubelet writes its own node and the Pods on it, nothing else. models plugin/pkg/admission/noderestriction */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  handles: ({ user, group, resource }) => user.groups.includes('system:nodes') && user.name.startsWith(USER_PREFIX) && ((group === '' && ['pods', 'nodes', 'serviceaccounts'].includes(resource)) || resource === 'leases' || resource === 'csinodes'),
  admit: judge,
  /** A DELETE goes through the validating plug-ins only. */
  validate(attributes, context) {
    if (attributes.operation === 'DELETE') judge(attributes, context);
  },
};

function judge(attributes: AdmissionAttributes, context: AdmissionContext): void {
  const node = attributes.user.name.slice(USER_PREFIX.length);
  switch (attributes.resource) {
    case 'pods':
      return judgePod(attributes, node, context);
    case 'nodes':
      return judgeNode(attributes, node);
    case 'leases':
      return judgeLease(attributes, node);
    case 'csinodes':
      if (nameOf(attributes) !== node) throw refuse(attributes, `node ${quote(node)} is not allowed to modify CSINode ${quote(nameOf(attributes))}`);
  }
}

const quote = (text: string): string => JSON.stringify(text);
const refuse = (attributes: AdmissionAttributes, message: string): Error => refusal(attributes, message, 'mutating');
const nameOf = ({ name, object }: AdmissionAttributes): string => name || ((object as { metadata?: { name?: string } } | undefined)?.metadata?.name ?? '');

function judgePod(attributes: AdmissionAttributes, node: string, { reader }: AdmissionContext): void {
  const { operation, subresource, object, previous, namespace, name } = attributes;
  if (subresource === 'status') {
    if ((previous as Pod | undefined)?.spec?.nodeName !== node) throw refuse(attributes, `node ${quote(node)} can only update pod status for pods with spec.nodeName set to itself`);
    if (!deepEqual((object as Pod).metadata?.labels ?? {}, (previous as Pod).metadata?.labels ?? {})) throw refuse(attributes, `node ${quote(node)} cannot update labels through pod status`);
    return;
  }
  if (subresource !== '') return;
  if (operation === 'CREATE') return judgeMirror(attributes, object as Pod, node);
  const verb = operation.toLowerCase();
  if (operation !== 'DELETE') throw refuse(attributes, `unexpected operation ${quote(operation)}, node ${quote(node)} can only create and delete mirror pods`);
  const pod = (previous ?? reader.get<Stored<Pod>>('pods', namespace, name)) as Pod | undefined;
  if (pod?.spec?.nodeName !== node) throw refuse(attributes, `node ${quote(node)} can only ${verb} pods with spec.nodeName set to itself`);
}

function judgeMirror(attributes: AdmissionAttributes, pod: Readonly<Pod>, node: string): void {
  const { spec, metadata } = pod;
  if (!metadata?.annotations?.[MIRROR]) throw refuse(attributes, `pod does not have ${quote(MIRROR)} annotation, node ${quote(node)} can only create mirror pods`);
  if (spec?.nodeName !== node) throw refuse(attributes, `node ${quote(node)} can only create pods with spec.nodeName set to itself`);
  const owner = metadata.ownerReferences?.[0];
  if (metadata.ownerReferences && (metadata.ownerReferences.length !== 1 || owner?.kind !== 'Node' || owner.name !== node)) throw refuse(attributes, `node ${quote(node)} can only create pods with an owner reference set to itself`);
  if (spec.serviceAccountName) throw refuse(attributes, `node ${quote(node)} can not create pods that reference a service account`);
  const used = (field: 'secret' | 'configMap' | 'persistentVolumeClaim'): boolean => (spec.volumes ?? []).some((volume) => volume[field]);
  for (const [field, what] of [['secret', 'secrets'], ['configMap', 'configmaps'], ['persistentVolumeClaim', 'persistentvolumeclaims']] as const) {
    if (used(field)) throw refuse(attributes, `node ${quote(node)} can not create pods that reference ${what}`);
  }
}

function judgeNode(attributes: AdmissionAttributes, node: string): void {
  const { operation, object, previous } = attributes;
  const name = nameOf(attributes);
  if (name !== node) throw refuse(attributes, `node ${quote(node)} is not allowed to modify node ${quote(name)}`);
  if (operation !== 'CREATE' && operation !== 'UPDATE') return;
  const next = object as Node;
  const before = previous as Node | undefined;
  const changed = changedLabels(next.metadata?.labels ?? {}, before?.metadata?.labels ?? {});
  const forbidden = changed.filter((label) => !mayLabel(label)).sort();
  if (forbidden.length > 0) throw refuse(attributes, `is not allowed to ${before ? 'modify labels' : 'set the following labels'}: ${forbidden.join(', ')}`);
  if (before && !deepEqual(next.spec?.taints ?? [], before.spec?.taints ?? [])) throw refuse(attributes, `node ${quote(node)} is not allowed to modify taints`);
}

function changedLabels(next: Readonly<Record<string, string>>, before: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(next), ...Object.keys(before)])].filter((key) => next[key] !== before[key]);
}

function mayLabel(key: string): boolean {
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  if (domain === 'node-restriction.kubernetes.io' || domain.endsWith('.node-restriction.kubernetes.io')) return false;
  const isReserved = ['kubernetes.io', 'k8s.io'].some((reserved) => domain === reserved || domain.endsWith(`.${reserved}`));
  return !isReserved || OWN_LABELS.has(key) || OWN_DOMAINS.some((own) => domain === own || domain.endsWith(`.${own}`));
}

function judgeLease(attributes: AdmissionAttributes, node: string): void {
  if (attributes.namespace !== 'kube-node-lease') throw refuse(attributes, `can only access leases in the "kube-node-lease" system namespace`);
  if (nameOf(attributes) !== node) throw refuse(attributes, `can only access node lease with the same name as the requesting node`);
}
