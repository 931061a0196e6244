import type { Job, JobSpec } from '../../../../contracts/k8s/index.ts';
import { formatLabelSelector } from '../../../machinery/labels.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { parseTime } from '../../../../base/clock/index.ts';
import { defineResource, type PrintContext } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { podSpecWarnings } from '../../shared/pod-warnings.ts';
import { containerImages, containerNames } from '../../shared/container-cells.ts';
import { humanDuration, objectAge, objectName } from '../../shared/ages.ts';
import { applyPodSpecDefaults } from '../../shared/pod-spec-defaults.ts';
import { validateJob } from './validation.ts';

export const JOB_UID = 'batch.kubernetes.io/controller-uid';
export const JOB_NAME = 'batch.kubernetes.io/job-name';
const MAX_INT32 = 2_147_483_647;

export const job = defineResource<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  singular: 'job',
  scope: 'Namespaced',
  categories: ['all'],
  schema: 'io.k8s.api.batch.v1.Job',
  storage: 'jobs',
  deleteReturns: 'status',
  defaultPropagation: 'orphan',
  deletionWarning: 'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',

  applyDefaults(object) {
    if (!object.spec) return;
    applyJobDefaults(object.spec);
    // Shared on purpose: the labels that the template is given on creation become the Job's, too, as upstream's shared map has it.
    const labels = object.spec.template?.metadata?.labels;
    if (object.metadata && labels && Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = labels;
  },
  prepareForCreate(object) {
    object.metadata!.generation = 1;
    object.status = {};
    if (object.spec) generateSelector(object);
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    if (!deepEqual(next.spec, previous.spec)) next.metadata!.generation = (previous.metadata?.generation ?? 0) + 1;
  },
  validate: validateJob,

  warnings: (object, previous) => (previous && previous.metadata?.generation === object.metadata?.generation ? [] : podSpecWarnings(object.spec?.template?.spec, 'spec.template.spec')),
  columns: columnsOf<Job>('batch/v1/jobs', [
    objectName,
    statusText,
    completionsText,
    durationText,
    objectAge,
    (object) => containerNames(object.spec?.template),
    (object) => containerImages(object.spec?.template),
    (object) => formatLabelSelector(object.spec?.selector) || '<none>',
  ]),
  selectableFields: { 'status.successful': (object) => String(object.status?.succeeded ?? 0) },
  subresources: { status: {} },
});

/** models pkg/apis/batch/v1: SetDefaults_Job */
export function applyJobDefaults(spec: JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : MAX_INT32;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  applyFailurePolicyDefaults(spec);
  if (spec.template?.spec) applyPodSpecDefaults(spec.template.spec, { isTemplate: true });
}

export function applyFailurePolicyDefaults(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
}

/** Each Job selects its own Pods by its uid. models pkg/registry/batch/job: generateSelector */
function generateSelector(object: Job): void {
  const { spec, metadata } = object;
  if (!spec || spec.manualSelector) return;
  const uid = metadata?.uid ?? '';
  const name = metadata?.name ?? '';
  spec.template ??= {};
  spec.template.metadata ??= {};
  const labels = (spec.template.metadata.labels ??= {});
  for (const [key, value] of [['job-name', name], [JOB_NAME, name], ['controller-uid', uid], [JOB_UID, uid]] as const) labels[key] ??= value;
  if (Object.keys(metadata?.labels ?? {}).length === 0) metadata!.labels = { ...labels };
  spec.selector ??= {};
  spec.selector.matchLabels = { ...spec.selector.matchLabels, [JOB_UID]: spec.selector.matchLabels?.[JOB_UID] ?? uid };
}

/** models printers: printJob */
function statusText(object: Readonly<Job>): string {
  const is = (type: string): boolean => object.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (object.metadata?.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(is) ?? 'Running';
}

function completionsText({ spec, status }: Readonly<Job>): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  return (spec?.parallelism ?? 0) > 1 ? `${succeeded}/1 of ${spec!.parallelism}` : `${succeeded}/1`;
}

function durationText({ status }: Readonly<Job>, { now }: PrintContext): string {
  if (!status?.startTime) return '';
  return humanDuration((status.completionTime ? parseTime(status.completionTime) : now) - parseTime(status.startTime));
}
