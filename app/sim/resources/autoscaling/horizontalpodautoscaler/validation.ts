import type { V2CrossVersionObjectReference, V2HorizontalPodAutoscaler, V2HPAScalingRules, V2MetricIdentifier, V2MetricSpec, V2MetricTarget } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { pathSegmentProblems } from '../../../machinery/names.ts';
import { parseQuantity } from '../../../machinery/quantity.ts';
import { forbidden, invalid, invalidName, notSupported, required } from '../../shared/findings.ts';
import { validateLabelSelector } from '../../shared/validate-labels.ts';

const TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
const SOURCES = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;
const MAX_WINDOW = 3600;
const MAX_PERIOD = 1800;

/** models pkg/apis/autoscaling/validation: validateHorizontalPodAutoscalerSpec */
export function validateAutoscaler({ spec }: Readonly<V2HorizontalPodAutoscaler>): FieldError[] {
  if (!spec) return [];
  const { minReplicas: min, maxReplicas: max = 0, metrics = [] } = spec;
  const findings: FieldError[] = [];
  if (min !== undefined && min < 1) findings.push(invalid('spec.minReplicas', min, 'must be greater than or equal to 1'));
  if (max === 0) findings.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  else if (max < 1) findings.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to 1'));
  if (min !== undefined && max < min) findings.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'));
  findings.push(...validateReference(spec.scaleTargetRef ?? { kind: '', name: '' }, 'spec.scaleTargetRef'));
  findings.push(...metrics.flatMap((metric, index) => validateMetric(metric, `spec.metrics[${index}]`)));
  if (min === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')) findings.push(forbidden('spec.metrics', 'must specify at least one Object or External metric to support scaling to zero replicas'));
  for (const direction of ['scaleUp', 'scaleDown'] as const) findings.push(...validateRules(spec.behavior?.[direction], `spec.behavior.${direction}`));
  return findings;
}

function validateReference({ kind, name, apiVersion = '' }: Readonly<V2CrossVersionObjectReference>, at: string): FieldError[] {
  const findings: FieldError[] = [];
  if (!kind) findings.push(required(`${at}.kind`));
  else findings.push(...invalidName(`${at}.kind`, kind, pathSegmentProblems(kind)));
  if (!name) findings.push(required(`${at}.name`));
  else findings.push(...invalidName(`${at}.name`, name, pathSegmentProblems(name)));
  const parts = apiVersion.split('/');
  if (parts.length > 2) findings.push(invalid(`${at}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  else if (parts.length < 2 && kind !== 'ReplicationController') findings.push(invalid(`${at}.apiVersion`, apiVersion, 'apiVersion must specify API group'));
  return findings;
}

function validateMetric(metric: Readonly<V2MetricSpec>, at: string): FieldError[] {
  const findings: FieldError[] = [];
  if (!metric.type) findings.push(required(`${at}.type`, 'must specify a metric source type'));
  if (!TYPES.includes(metric.type)) findings.push(notSupported(`${at}.type`, metric.type ?? '', TYPES));
  const present = SOURCES.filter((source) => metric[source]);
  if (present[0]) findings.push(...validateSource(metric, present[0], `${at}.${present[0]}`));
  const expected = metric.type === 'ContainerResource' ? 'containerResource' : (metric.type ?? '').toLowerCase();
  if (!present.some((source) => source === expected)) findings.push(required(`${at}.${expected}`, 'must populate information for the given metric source'));
  if (present.length > 1) for (const source of present.filter((name) => name !== expected)) findings.push(forbidden(`${at}.${source}`, 'must populate the given metric source only'));
  return findings;
}

function validateSource(metric: Readonly<V2MetricSpec>, source: (typeof SOURCES)[number], at: string): FieldError[] {
  switch (source) {
    case 'resource':
    case 'containerResource': {
      const found = metric[source]!;
      const findings = found.name ? [] : [required(`${at}.name`, 'must specify a resource name')];
      if (source === 'containerResource' && !metric.containerResource!.container) findings.push(required(`${at}.container`, 'must specify a container'));
      return [...findings, ...validateResourceTarget(found.target ?? { type: '' }, `${at}.target`)];
    }
    case 'pods': {
      const { metric: name, target = { type: '' } } = metric.pods!;
      const missing = isPositive(target.averageValue) ? [] : [required(`${at}.target.averageValue`, 'must specify a positive target averageValue')];
      return [...validateIdentifier(name, `${at}.metric`), ...validateTarget(target, `${at}.target`), ...missing];
    }
    case 'object': {
      const { describedObject, metric: name, target = { type: '' } } = metric.object!;
      const missing = target.value === undefined && target.averageValue === undefined ? [required(`${at}.target.averageValue`, 'must set either a target value or averageValue')] : [];
      return [...validateReference(describedObject ?? { kind: '', name: '' }, `${at}.describedObject`), ...validateIdentifier(name, `${at}.metric`), ...validateTarget(target, `${at}.target`), ...missing];
    }
    case 'external': {
      const { metric: name, target = { type: '' } } = metric.external!;
      const findings = [...validateIdentifier(name, `${at}.metric`), ...validateTarget(target, `${at}.target`)];
      if (target.value === undefined && target.averageValue === undefined) findings.push(required(`${at}.target.averageValue`, 'must set either a target value for metric or a per-pod target'));
      if (target.value !== undefined && target.averageValue !== undefined) findings.push(forbidden(`${at}.target.value`, 'may not set both a target value for metric and a per-pod target'));
      return findings;
    }
  }
}

function validateResourceTarget(target: Readonly<V2MetricTarget>, at: string): FieldError[] {
  const findings = validateTarget(target, at);
  if (target.averageUtilization === undefined && target.averageValue === undefined) findings.push(required(`${at}.averageUtilization`, 'must set either a target raw value or a target utilization'));
  if (target.averageUtilization !== undefined && target.averageValue !== undefined) findings.push(forbidden(`${at}.averageValue`, 'may not set both a target raw value and a target utilization'));
  return findings;
}

function validateTarget(target: Readonly<V2MetricTarget>, at: string): FieldError[] {
  const findings: FieldError[] = [];
  if (!target.type) findings.push(required(`${at}.type`, 'must specify a metric target type'));
  if (!['Utilization', 'Value', 'AverageValue'].includes(target.type)) findings.push(invalid(`${at}.type`, target.type ?? '', 'must be either Utilization, Value, or AverageValue'));
  for (const field of ['value', 'averageValue'] as const) if (target[field] !== undefined && !isPositive(target[field])) findings.push(invalid(`${at}.${field}`, target[field], 'must be positive'));
  if (target.averageUtilization !== undefined && target.averageUtilization < 1) findings.push(invalid(`${at}.averageUtilization`, target.averageUtilization, 'must be greater than 0'));
  return findings;
}

function validateIdentifier(metric: Readonly<V2MetricIdentifier> | undefined, at: string): FieldError[] {
  if (!metric?.name) return [required(`${at}.name`, 'must specify a metric name')];
  return [...invalidName(`${at}.name`, metric.name, pathSegmentProblems(metric.name)), ...validateLabelSelector(metric.selector, `${at}.selector`)];
}

const isPositive = (quantity: string | undefined): boolean => quantity !== undefined && parseQuantity(quantity).sign > 0;

function validateRules(rules: Readonly<V2HPAScalingRules> | undefined, at: string): FieldError[] {
  if (!rules) return [];
  const findings: FieldError[] = [];
  const window = rules.stabilizationWindowSeconds;
  if (window !== undefined && window < 0) findings.push(invalid(`${at}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > MAX_WINDOW) findings.push(invalid(`${at}.stabilizationWindowSeconds`, window, `must be less than or equal to ${MAX_WINDOW}`));
  if (rules.selectPolicy !== undefined && !['Disabled', 'Max', 'Min'].includes(rules.selectPolicy)) findings.push(notSupported(`${at}.selectPolicy`, rules.selectPolicy, ['Disabled', 'Max', 'Min']));
  const policies = rules.policies ?? [];
  if (policies.length === 0) findings.push(required(`${at}.policies`, 'must specify at least one Policy'));
  for (const [index, policy] of policies.entries()) {
    const here = `${at}.policies[${index}]`;
    if (policy.type !== 'Pods' && policy.type !== 'Percent') findings.push(notSupported(`${here}.type`, policy.type ?? '', ['Percent', 'Pods']));
    if ((policy.value ?? 0) <= 0) findings.push(invalid(`${here}.value`, policy.value ?? 0, 'must be greater than zero'));
    if ((policy.periodSeconds ?? 0) <= 0) findings.push(invalid(`${here}.periodSeconds`, policy.periodSeconds ?? 0, 'must be greater than zero'));
    if ((policy.periodSeconds ?? 0) > MAX_PERIOD) findings.push(invalid(`${here}.periodSeconds`, policy.periodSeconds, `must be less than or equal to ${MAX_PERIOD}`));
  }
  return findings;
}
