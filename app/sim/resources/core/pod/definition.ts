import { rfc3339 } from '../../../../base/clock/index.ts';
import type { Pod } from '../../../../contracts/k8s/index.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { forbidden } from '../../shared/findings.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { applyPodSpecDefaults, qosClass } from '../../shared/pod-spec-defaults.ts';
import { summarizePod } from '../../shared/pod-status-text.ts';
import { podSpecWarnings } from '../../shared/pod-warnings.ts';
import { validatePodSpec } from '../../shared/validate-pod-spec.ts';
import { ephemeralContainers } from './ephemeral-containers.ts';
import { resize } from './resize.ts';
import { validatePodCreate, validatePodUpdate } from './update.ts';

const none = (text: string | undefined): string => text || '<none>';

export const pod = defineResource<Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  scope: 'Namespaced',
  shortNames: ['po'],
  categories: ['all'],
  schema: 'io.k8s.api.core.v1.Pod',
  storage: 'pods',

  applyDefaults(object) {
    if (object.spec) applyPodSpecDefaults(object.spec, { isTemplate: false });
  },

  /** models pkg/registry/core/pod: podStrategy.PrepareForCreate */
  prepareForCreate(object, { now }) {
    object.metadata!.generation = 1;
    object.status = { phase: 'Pending', qosClass: qosClass(object.spec!) };
    if ((object.spec?.schedulingGates ?? []).length > 0) {
      object.status.conditions = [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates', lastProbeTime: null as never, lastTransitionTime: rfc3339(now) }];
    }
  },

  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    if (!deepEqual(next.spec, previous.spec)) next.metadata!.generation = (previous.metadata?.generation ?? 0) + 1;
  },

  validate(object, previous) {
    // A Pod is born free of a node or free of gates. models ValidatePodCreate
    const isSettledAndGated = !previous && object.spec?.nodeName && (object.spec.schedulingGates ?? []).length > 0;
    const early = isSettledAndGated ? [forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')] : [];
    return [...(object.spec ? validatePodSpec(object.spec, 'spec') : []), ...early, ...(previous ? validatePodUpdate(object, previous) : validatePodCreate(object))];
  },

  warnings: (object, previous) => (previous ? [] : podSpecWarnings(object.spec, 'spec')),

  gracePeriod: (object) => (object.spec?.nodeName && object.status?.phase !== 'Succeeded' && object.status?.phase !== 'Failed' ? (object.spec.terminationGracePeriodSeconds ?? 30) : 0),

  columns: columnsOf<Pod>('v1/pods', [
    objectName,
    (object, context) => summarizePod(object, context).ready,
    (object, context) => summarizePod(object, context).status,
    (object, context) => summarizePod(object, context).restarts,
    objectAge,
    (object) => none(object.status?.podIPs?.[0]?.ip ?? object.status?.podIP),
    (object) => none(object.spec?.nodeName),
    (object) => none(object.status?.nominatedNodeName),
    readinessGates,
  ]),

  selectableFields: {
    'spec.nodeName': (object) => object.spec?.nodeName ?? '',
    'spec.restartPolicy': (object) => object.spec?.restartPolicy ?? '',
    'spec.schedulerName': (object) => object.spec?.schedulerName ?? '',
    'spec.serviceAccountName': (object) => object.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': (object) => String(object.spec?.hostNetwork ?? false),
    'status.phase': (object) => object.status?.phase ?? '',
    'status.podIP': (object) => object.status?.podIP ?? '',
    'status.nominatedNodeName': (object) => object.status?.nominatedNodeName ?? '',
  },

  subresources: {
    status: {},
    others: {
      attach: { kind: 'PodAttachOptions', verbs: ['create', 'get'] },
      binding: { kind: 'Binding', verbs: ['create'] },
      ephemeralcontainers: { kind: 'Pod', verbs: ['get', 'patch', 'update'], strategy: ephemeralContainers },
      eviction: { kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
      exec: { kind: 'PodExecOptions', verbs: ['create', 'get'] },
      log: { kind: 'Pod', verbs: ['get'] },
      portforward: { kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
      proxy: { kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
      resize: { kind: 'Pod', verbs: ['get', 'patch', 'update'], strategy: resize },
    },
  },
});

function readinessGates(object: Readonly<Pod>): string {
  const gates = object.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const isTrue = (type: string): boolean => object.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
  return `${gates.filter((gate) => isTrue(gate.conditionType)).length}/${gates.length}`;
}
