import type { JobSpec, PodFailurePolicyRule, SuccessPolicyRule } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { parseIndexes } from '../../../machinery/indexes.ts';
import { qualifiedNameProblems } from '../../../machinery/names.ts';
import { duplicate, invalid, invalidName, nonNegative, notSupported, required } from '../../shared/findings.ts';

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];
const MAX_RULES = 20;

const goList = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
/** A finding without a value. */
const wrong = (field: string, detail: string): FieldError => ({ type: 'Invalid', field, detail });
const tooMany = (field: string, count: number, limit: number): FieldError => ({ type: 'TooMany', field, value: count, detail: `must have at most ${limit} items` });

/** models pkg/apis/batch/validation: validatePodFailurePolicy */
export function validateFailurePolicy(spec: Readonly<JobSpec>, at: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const containers = [...(spec.template?.spec?.containers ?? []), ...(spec.template?.spec?.initContainers ?? [])].map(({ name }) => name);
  return [...(rules.length > MAX_RULES ? [tooMany(`${at}.rules`, rules.length, MAX_RULES)] : []), ...rules.flatMap((rule, index) => validateFailureRule(spec, rule, `${at}.rules[${index}]`, containers))];
}

function validateFailureRule(spec: Readonly<JobSpec>, rule: Readonly<PodFailurePolicyRule>, at: string, containers: readonly string[]): FieldError[] {
  const findings: FieldError[] = [];
  const patterns = rule.onPodConditions ?? [];
  if (!rule.action) findings.push(required(`${at}.action`, `valid values: ${goList(ACTIONS)}`));
  else if (rule.action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) findings.push(invalid(`${at}.action`, rule.action, 'requires the backoffLimitPerIndex to be set'));
  else if (!ACTIONS.includes(rule.action)) findings.push(notSupported(`${at}.action`, rule.action, ACTIONS));
  if (rule.onExitCodes) findings.push(...validateExitCodes(rule.onExitCodes, `${at}.onExitCodes`, containers));
  for (const [index, pattern] of patterns.entries()) {
    const here = `${at}.onPodConditions[${index}]`;
    findings.push(...invalidName(`${here}.type`, pattern.type ?? '', qualifiedNameProblems(pattern.type ?? '')));
    if (!pattern.status) findings.push(required(`${here}.status`, `valid values: ${goList(STATUSES)}`));
    else if (!STATUSES.includes(pattern.status)) findings.push(notSupported(`${here}.status`, pattern.status, STATUSES));
  }
  if (rule.onExitCodes && patterns.length > 0) findings.push(wrong(at, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (!rule.onExitCodes && patterns.length === 0) findings.push(wrong(at, 'specifying one of OnExitCodes and OnPodConditions is required'));
  return findings;
}

function validateExitCodes(codes: Readonly<NonNullable<PodFailurePolicyRule['onExitCodes']>>, at: string, containers: readonly string[]): FieldError[] {
  const findings: FieldError[] = [];
  const values = codes.values ?? [];
  if (!codes.operator) findings.push(required(`${at}.operator`, `valid values: ${goList(OPERATORS)}`));
  else if (!OPERATORS.includes(codes.operator)) findings.push(notSupported(`${at}.operator`, codes.operator, OPERATORS));
  if (codes.containerName !== undefined && !containers.includes(codes.containerName)) findings.push(invalid(`${at}.containerName`, codes.containerName, 'must be one of the container or initContainer names in the pod template'));
  if (values.length === 0) findings.push(invalid(`${at}.values`, values, 'at least one value is required'));
  else if (values.length > 255) findings.push(tooMany(`${at}.values`, values.length, 255));
  for (const [index, value] of values.entries()) {
    if (codes.operator === 'In' && value === 0) findings.push(invalid(`${at}.values[${index}]`, value, 'must not be 0 for the In operator'));
    if (values.indexOf(value) < index) findings.push(duplicate(`${at}.values[${index}]`, value));
  }
  if (values.some((value, index) => index > 0 && values[index - 1]! > value)) findings.push(invalid(`${at}.values`, values, 'must be ordered'));
  return findings;
}

/** models pkg/apis/batch/validation: validateSuccessPolicy */
export function validateSuccessPolicy(spec: Readonly<JobSpec>, at: string): FieldError[] {
  const rules = spec.successPolicy?.rules ?? [];
  const findings: FieldError[] = [];
  if (rules.length === 0) findings.push(required(`${at}.rules`, 'at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > MAX_RULES) findings.push(tooMany(`${at}.rules`, rules.length, MAX_RULES));
  return [...findings, ...rules.flatMap((rule, index) => validateSuccessRule(rule, `${at}.rules[${index}]`, spec.completions ?? 0))];
}

function validateSuccessRule({ succeededCount: count, succeededIndexes: indexes }: Readonly<SuccessPolicyRule>, at: string, completions: number): FieldError[] {
  const findings: FieldError[] = [];
  if (count === undefined && indexes === undefined) findings.push(required(at, 'at least one of succeededCount or succeededIndexes must be specified'));
  let total = 0;
  if (indexes !== undefined) {
    try {
      total = parseIndexes(indexes, completions).reduce((sum, [first, last]) => sum + last - first + 1, 0);
    } catch (error) {
      findings.push(invalid(`${at}.succeededIndexes`, indexes, `error parsing succeededIndexes: ${(error as Error).message}`));
    }
  }
  if (count === undefined) return findings;
  findings.push(...nonNegative(`${at}.succeededCount`, count));
  if (count > completions) findings.push(invalid(`${at}.succeededCount`, count, `must be less than or equal to ${completions} (the number of specified completions)`));
  if (indexes !== undefined && count > total) findings.push(invalid(`${at}.succeededCount`, count, `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`));
  return findings;
}
