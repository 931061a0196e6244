import type { Job, JobSpec, PodTemplateSpec } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { internalPodSpec } from '../../../machinery/go-dump/internal-form.ts';
import { selectorFromLabelSelector } from '../../../machinery/labels.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../machinery/names.ts';
import { clone, deepEqual } from '../../../machinery/objects.ts';
import { invalid, nonNegative, notSupported, required } from '../../shared/findings.ts';
import { validateLabelSelector } from '../../shared/validate-labels.ts';
import { selectorMatches, validateTemplateContent } from '../../shared/validate-pod-template.ts';
import { validateFailurePolicy, validateSuccessPolicy } from './policies.ts';

const MAX_INDEXED_PARALLELISM = 100_000;
const IMMUTABLE = 'field is immutable';

/** models pkg/apis/batch/validation: ValidateJob, ValidateJobUpdate */
export function validateJob(object: Readonly<Job>, previous?: Readonly<Job>): FieldError[] {
  const { spec } = object;
  if (!spec) return [];
  const findings = [...validateGeneratedSelector(object), ...validateJobSpec(spec, 'spec')];
  if (!spec.selector) findings.push(required('spec.selector'));
  else findings.push(...validateLabelSelector(spec.selector, 'spec.selector'), ...selectorMatches(selectorFromLabelSelector(spec.selector), spec.template?.metadata?.labels));
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0) {
    const hostname = `${object.metadata?.name}-${spec.completions! - 1}`;
    if (dns1123LabelProblems(hostname).length > 0) findings.push(invalid('metadata.name', object.metadata?.name, `will not able to create pod with invalid DNS label: ${hostname}`));
  }
  if (previous?.spec) findings.push(...validateJobUpdate(object, previous));
  return findings;
}

/** models validateGeneratedSelector: what the API server put there must still be there. */
function validateGeneratedSelector({ metadata, spec }: Readonly<Job>): FieldError[] {
  if (spec!.manualSelector || !spec!.selector) return [];
  const findings: FieldError[] = [];
  const expected = { 'controller-uid': metadata?.uid ?? '', 'batch.kubernetes.io/controller-uid': metadata?.uid ?? '', 'job-name': metadata?.name ?? '', 'batch.kubernetes.io/job-name': metadata?.name ?? '' };
  for (const [key, value] of Object.entries(expected)) {
    const found = spec!.template?.metadata?.labels?.[key];
    if (found === undefined) findings.push(required('spec.template.metadata.labels', `must be '${value}'`));
    else if (found !== value) findings.push(invalid('spec.template.metadata.labels', spec!.template!.metadata!.labels, `must be '${value}'`));
  }
  if (!selectorFromLabelSelector(spec!.selector).matches(expected)) findings.push(invalid('spec.selector', spec!.selector, '`selector` not auto-generated'));
  return findings;
}

/** The part that templates of CronJobs share. models validateJobSpec */
export function validateJobSpec(spec: Readonly<JobSpec>, at: string): FieldError[] {
  const findings = (['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes'] as const).flatMap((field) => nonNegative(`${at}.${field}`, spec[field]));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) findings.push(required(`${at}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  if (spec.managedBy !== undefined) findings.push(...validateManagedBy(spec.managedBy, `${at}.managedBy`));
  findings.push(...validateMode(spec, at));
  if (spec.podFailurePolicy) findings.push(...validateFailurePolicy(spec, `${at}.podFailurePolicy`));
  if (spec.successPolicy) findings.push(...(spec.completionMode === 'Indexed' ? validateSuccessPolicy(spec, `${at}.successPolicy`) : [invalid(`${at}.successPolicy`, { Rules: spec.successPolicy.rules ?? null }, 'requires indexed completion mode')]));
  findings.push(...validateReplacement(spec, `${at}.podReplacementPolicy`));
  if (!spec.template) return findings;
  findings.push(...validateTemplateContent(spec.template, `${at}.template`));
  const policy = spec.template.spec?.restartPolicy;
  const policyAt = `${at}.template.spec.restartPolicy`;
  if (!policy || policy === 'Always') findings.push(required(policyAt, 'valid values: "OnFailure", "Never"'));
  else if (policy !== 'OnFailure' && policy !== 'Never') findings.push(notSupported(policyAt, policy, ['OnFailure', 'Never']));
  else if (spec.podFailurePolicy && policy !== 'Never') findings.push(invalid(policyAt, policy, 'only "Never" is supported when podFailurePolicy is specified'));
  return findings;
}

function validateManagedBy(value: string, at: string): FieldError[] {
  const [domain = '', path] = value.split('/', 2);
  if (path === undefined || path === '' || domain === '') return [invalid(at, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  return [...dns1123SubdomainProblems(domain).map((problem) => invalid(at, value, problem)), ...(value.length > 63 ? [{ type: 'TooLong' as const, field: at, detail: 'may not be more than 63 bytes' }] : [])];
}

function validateMode(spec: Readonly<JobSpec>, at: string): FieldError[] {
  const { completionMode: mode, completions, parallelism, maxFailedIndexes, backoffLimitPerIndex } = spec;
  const findings: FieldError[] = [];
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed') findings.push(notSupported(`${at}.completionMode`, mode, ['NonIndexed', 'Indexed']));
  if (mode === 'Indexed') {
    if (completions === undefined) findings.push(required(`${at}.completions`, 'when completion mode is Indexed'));
    if ((parallelism ?? 0) > MAX_INDEXED_PARALLELISM) findings.push(invalid(`${at}.parallelism`, parallelism, `must be less than or equal to ${MAX_INDEXED_PARALLELISM} when completion mode is Indexed`));
    if (completions !== undefined && (maxFailedIndexes ?? 0) > completions) findings.push(invalid(`${at}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions'));
    if ((maxFailedIndexes ?? 0) > MAX_INDEXED_PARALLELISM) findings.push(invalid(`${at}.maxFailedIndexes`, maxFailedIndexes, `must be less than or equal to ${MAX_INDEXED_PARALLELISM}`));
    if ((completions ?? 0) > MAX_INDEXED_PARALLELISM && backoffLimitPerIndex !== undefined) findings.push(...validateManyCompletions(spec, at));
  }
  if (mode === undefined || mode === 'NonIndexed') {
    if (backoffLimitPerIndex !== undefined) findings.push(invalid(`${at}.backoffLimitPerIndex`, backoffLimitPerIndex, 'requires indexed completion mode'));
    if (maxFailedIndexes !== undefined) findings.push(invalid(`${at}.maxFailedIndexes`, maxFailedIndexes, 'requires indexed completion mode'));
  }
  return findings;
}

function validateManyCompletions({ parallelism, maxFailedIndexes }: Readonly<JobSpec>, at: string): FieldError[] {
  const limit = 'must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index';
  return [
    ...(maxFailedIndexes === undefined ? [required(`${at}.maxFailedIndexes`, 'must be specified when completions is above 100000')] : []),
    ...((parallelism ?? 0) > 10_000 ? [invalid(`${at}.parallelism`, parallelism, limit)] : []),
    ...((maxFailedIndexes ?? 0) > 10_000 ? [invalid(`${at}.maxFailedIndexes`, maxFailedIndexes, limit)] : []),
  ];
}

function validateReplacement({ podReplacementPolicy: policy, podFailurePolicy }: Readonly<JobSpec>, at: string): FieldError[] {
  if (policy === undefined) return [];
  const supported = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return supported.includes(policy) ? [] : [notSupported(at, policy, supported)];
}

/** models ValidateJobSpecUpdate */
function validateJobUpdate(object: Readonly<Job>, previous: Readonly<Job>): FieldError[] {
  const spec = object.spec!;
  const before = previous.spec!;
  const immutable = (field: keyof JobSpec): FieldError[] => (deepEqual(spec[field], before[field]) ? [] : [invalid(`spec.${field}`, spec[field] ?? null, IMMUTABLE)]);
  return [
    ...validateCompletions(spec, before),
    ...immutable('selector'),
    ...validateTemplateUpdate(object, previous),
    ...immutable('completionMode'), ...immutable('podFailurePolicy'), ...immutable('backoffLimitPerIndex'), ...immutable('managedBy'), ...immutable('successPolicy'),
  ];
}

function validateCompletions(spec: Readonly<JobSpec>, before: Readonly<JobSpec>): FieldError[] {
  if (spec.completions === before.completions) return [];
  if (spec.completionMode !== 'Indexed') return [invalid('spec.completions', spec.completions ?? null, IMMUTABLE)];
  return spec.completions === spec.parallelism ? [] : [invalid('spec.completions', spec.completions ?? null, 'can only be modified in tandem with spec.parallelism')];
}

/** Where Pods run, and what they ask for, may change as long as a suspended Job has not started any. models validatePodTemplateUpdate */
function validateTemplateUpdate({ spec }: Readonly<Job>, previous: Readonly<Job>): FieldError[] {
  const before = previous.spec!;
  const isStopped = before.suspend === true && (previous.status?.startTime === undefined || previous.status?.startTime === null);
  const template = isStopped ? withoutDirectives(spec!.template) : spec!.template;
  const old = isStopped ? withoutDirectives(before.template) : before.template;
  if (deepEqual(template, old)) return [];
  // Printed as the internal types have it: a template's metadata stands beside its spec.
  const shown = internalPodSpec(spec!.template?.spec ?? {});
  return isStopped ? [invalid('spec.template.spec', shown, IMMUTABLE)] : [invalid('spec.template', { ...spec!.template?.metadata, Spec: shown }, IMMUTABLE)];
}

function withoutDirectives(template: Readonly<PodTemplateSpec> | undefined): unknown {
  const copy = clone(template) as PodTemplateSpec | undefined;
  if (!copy) return undefined;
  if (copy.metadata) {
    delete copy.metadata.annotations;
    delete copy.metadata.labels;
  }
  if (!copy.spec) return copy;
  for (const field of ['nodeSelector', 'tolerations', 'schedulingGates'] as const) delete copy.spec[field];
  for (const container of [...(copy.spec.containers ?? []), ...(copy.spec.initContainers ?? [])]) delete container.resources;
  if (copy.spec.affinity) {
    delete copy.spec.affinity.nodeAffinity;
    if (Object.keys(copy.spec.affinity).length === 0) delete copy.spec.affinity;
  }
  return copy;
}
