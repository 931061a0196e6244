import type { Container, Namespace, ObjectMeta, Pod, PodSpec, Stored } from '../../../../contracts/k8s/index.ts';
import { newInvalid } from '../../../machinery/errors.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../../interfaces.ts';
import { refusal } from '../refusal.ts';
import { evaluatePod, violationsText } from './evaluate.ts';
import { compareLevels, levelVersionText, policyOf, sameLevelVersion, type LevelVersion, type Policy } from './policy.ts';

type Json = Record<string, any>;

/** Kinds with a Pod in them, and where it is. */
const TEMPLATES: Readonly<Record<string, (object: Json) => Json | undefined>> = {
  '/replicationcontrollers': (object) => object['spec']?.template,
  '/podtemplates': (object) => object['template'],
  'apps/replicasets': (object) => object['spec']?.template,
  'apps/deployments': (object) => object['spec']?.template,
  'apps/statefulsets': (object) => object['spec']?.template,
  'apps/daemonsets': (object) => object['spec']?.template,
  'batch/jobs': (object) => object['spec']?.template,
  'batch/cronjobs': (object) => object['spec']?.jobTemplate?.spec?.template,
};
const MOST_PODS = 3_000;

/** Namespaces say by label how safe their Pods must be. models pod-security-admission/admission: Admission */
export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  handles({ operation, group, resource, subresource }) {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    if (group === '' && resource === 'pods') return subresource === '' || subresource === 'ephemeralcontainers' || subresource === 'resize';
    return subresource === '' && ((group === '' && resource === 'namespaces') || TEMPLATES[`${group}/${resource}`] !== undefined);
  },
  validate(attributes, context) {
    const { resource, group, object, previous } = attributes;
    if (resource === 'namespaces') return judgeNamespace(attributes, context);
    const { policy } = policyOf(context.reader.get<Namespace>('namespaces', undefined, attributes.namespace)?.metadata?.labels);
    if (resource === 'pods') {
      const pod = object as Pod;
      if (previous && !isSignificant(pod, previous as Pod)) return;
      return judge(policy, pod.metadata ?? {}, pod.spec!, attributes, true);
    }
    const template = TEMPLATES[`${group}/${resource}`]!(object as Json);
    if (template?.['spec']) judge(policy, (template['metadata'] ?? {}) as ObjectMeta, template['spec'] as PodSpec, attributes, false);
  },
};

function judge({ enforce, warn }: Policy, metadata: Readonly<ObjectMeta>, spec: Readonly<PodSpec>, attributes: AdmissionAttributes, isPod: boolean): void {
  if (isPod) {
    const violations = evaluatePod(enforce, metadata, spec);
    if (violations.length > 0) throw refusal(attributes, `violates PodSecurity ${JSON.stringify(levelVersionText(enforce))}: ${violationsText(violations)}`);
    if (sameLevelVersion(enforce, warn)) return;
  }
  const violations = evaluatePod(warn, metadata, spec);
  if (violations.length > 0) attributes.warn(`would violate PodSecurity ${JSON.stringify(levelVersionText(warn))}: ${violationsText(violations)}`);
}

/** models isSignificantPodUpdate: of what may change, only images and debug containers matter */
function isSignificant(next: Readonly<Pod>, previous: Readonly<Pod>): boolean {
  const changed = (field: 'containers' | 'initContainers' | 'ephemeralContainers'): boolean => {
    const before = (previous.spec?.[field] ?? []) as readonly Container[];
    return ((next.spec?.[field] ?? []) as readonly Container[]).some((container) => before.find(({ name }) => name === container.name)?.image !== container.image);
  };
  return changed('containers') || changed('initContainers') || changed('ephemeralContainers');
}

/** Labels must make sense; Pods that are there already and would no longer be let in are told of. */
function judgeNamespace(attributes: AdmissionAttributes, context: AdmissionContext): void {
  const namespace = attributes.object as Namespace;
  const { policy, findings } = policyOf(namespace.metadata?.labels);
  const name = namespace.metadata?.name ?? '';
  const before = attributes.previous ? policyOf((attributes.previous as Namespace).metadata?.labels) : undefined;
  const isNew = JSON.stringify(findings) !== JSON.stringify(before?.findings ?? []);
  if (findings.length > 0 && isNew) throw newInvalid({ group: '', kind: 'Namespace' }, name, findings);
  if (!before) return;
  const { enforce } = policy;
  const old = before.policy.enforce;
  if (sameLevelVersion(enforce, old) || enforce.level === 'privileged') return;
  if (enforce.version === old.version && compareLevels(enforce.level, old.level) < 1) return;
  for (const warning of podWarnings(enforce, name, context)) attributes.warn(warning);
}

function podWarnings(enforce: LevelVersion, namespace: string, { reader }: AdmissionContext): string[] {
  const pods = reader.list<Stored<Pod>>('pods', namespace);
  const checked = pods.slice(0, MOST_PODS);
  const byReason = new Map<string, string[]>();
  for (const pod of checked) {
    const reason = evaluatePod(enforce, pod.metadata, pod.spec!).map((violation) => violation.reason).join(', ');
    if (reason !== '') byReason.set(reason, [...(byReason.get(reason) ?? []), pod.metadata.name]);
  }
  const told = [...byReason].map(([reason, names]) => `${names.sort()[0]}${othersText(names.length - 1)}: ${reason}`).sort();
  return [
    ...(checked.length < pods.length ? [`new PodSecurity enforce level only checked against the first ${checked.length} of ${pods.length} existing pods`] : []),
    ...(told.length > 0 ? [`existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(levelVersionText(enforce))}`] : []),
    ...told,
  ];
}

function othersText(count: number): string {
  return count === 0 ? '' : count === 1 ? ' (and 1 other pod)' : ` (and ${count} other pods)`;
}
