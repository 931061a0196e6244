import type { CronJob, CronJobSpec } from '../../../../contracts/k8s/index.ts';
import { CronSyntaxError, isTimeZone, parseSchedule } from '../../../machinery/cron/cron.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { formatLabelSelector } from '../../../machinery/labels.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { containerImages, containerNames } from '../../shared/container-cells.ts';
import { ageOf, objectAge, objectName } from '../../shared/ages.ts';
import { invalid, nonNegative, notSupported, required } from '../../shared/findings.ts';
import { applyPodSpecDefaults } from '../../shared/pod-spec-defaults.ts';
import { applyFailurePolicyDefaults } from '../job/definition.ts';
import { validateJobSpec } from '../job/validation.ts';

const CONCURRENCY = ['Allow', 'Forbid', 'Replace'];
/** Eleven characters are left for the minute that the names of its Jobs end in. */
const MAX_NAME = 52;

export const cronJob = defineResource<CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  singular: 'cronjob',
  scope: 'Namespaced',
  shortNames: ['cj'],
  categories: ['all'],
  schema: 'io.k8s.api.batch.v1.CronJob',
  storage: 'cronjobs',
  deleteReturns: 'status',

  /** models pkg/apis/batch/v1: SetDefaults_CronJob; the Job's own defaults come when one is made. */
  applyDefaults(object) {
    const spec = object.spec;
    if (!spec) return;
    spec.concurrencyPolicy ??= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    const template = spec.jobTemplate?.spec;
    if (!template) return;
    if (template.template?.spec) applyPodSpecDefaults(template.template.spec, { isTemplate: true });
    applyFailurePolicyDefaults(template);
  },
  prepareForCreate(object) {
    object.metadata!.generation = 1;
    object.status = {};
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    if (!deepEqual(next.spec, previous.spec)) next.metadata!.generation = (previous.metadata?.generation ?? 0) + 1;
  },
  validate(object, previous) {
    const findings = object.spec ? validateSpec(object.spec) : [];
    const name = object.metadata?.name ?? '';
    if (!previous && name.length > MAX_NAME) findings.push(invalid('metadata.name', name, `must be no more than ${MAX_NAME} characters`));
    return findings;
  },

  columns: columnsOf<CronJob>('batch/v1/cronjobs', [
    objectName,
    (object) => object.spec?.schedule ?? '',
    (object) => object.spec?.timeZone ?? '<none>',
    (object) => (object.spec?.suspend === undefined ? '<unset>' : object.spec.suspend ? 'True' : 'False'),
    (object) => (object.status?.active ?? []).length,
    (object, context) => (object.status?.lastScheduleTime ? ageOf(object.status.lastScheduleTime, context) : '<none>'),
    objectAge,
    (object) => containerNames(object.spec?.jobTemplate?.spec?.template),
    (object) => containerImages(object.spec?.jobTemplate?.spec?.template),
    (object) => formatLabelSelector(object.spec?.jobTemplate?.spec?.selector) || '<none>',
  ]),
  subresources: { status: {} },
});

/** models pkg/apis/batch/validation: validateCronJobSpec */
function validateSpec(spec: Readonly<CronJobSpec>): FieldError[] {
  const findings: FieldError[] = [];
  if (!spec.schedule) findings.push(required('spec.schedule'));
  else findings.push(...validateSchedule(spec.schedule));
  findings.push(...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds));
  if (spec.timeZone !== undefined) findings.push(...validateTimeZone(spec.timeZone));
  if (!spec.concurrencyPolicy) findings.push(required('spec.concurrencyPolicy'));
  else if (!CONCURRENCY.includes(spec.concurrencyPolicy)) findings.push(notSupported('spec.concurrencyPolicy', spec.concurrencyPolicy, CONCURRENCY));
  const template = spec.jobTemplate?.spec;
  if (template) {
    findings.push(...validateJobSpec(template, 'spec.jobTemplate.spec'));
    if (template.selector) findings.push(invalid('spec.jobTemplate.spec.selector', template.selector, '`selector` will be auto-generated'));
    if (template.manualSelector) findings.push(notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false']));
  }
  return [...findings, ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit), ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit)];
}

function validateSchedule(schedule: string): FieldError[] {
  const findings: FieldError[] = [];
  try {
    parseSchedule(schedule);
  } catch (error) {
    if (!(error instanceof CronSyntaxError)) throw error;
    findings.push(invalid('spec.schedule', schedule, error.message));
  }
  if (schedule.includes('TZ')) findings.push(invalid('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  return findings;
}

function validateTimeZone(name: string): FieldError[] {
  if (name === '') return [invalid('spec.timeZone', name, 'timeZone must be nil or non-empty string')];
  if (name.toLowerCase() === 'local') return [invalid('spec.timeZone', name, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')];
  return isTimeZone(name) ? [] : [invalid('spec.timeZone', name, `unknown time zone ${name}`)];
}
