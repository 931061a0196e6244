import type { DaemonSet, DaemonSetSpec } from '../../../../contracts/k8s/index.ts';
import { Verbatim, type FieldError } from '../../../machinery/field-error.ts';
import { selectorFromLabelSelector } from '../../../machinery/labels.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { invalid, nonNegative, notSupported, required } from '../../shared/findings.ts';
import { intOrPercentValue, notMoreThanAll, validateIntOrPercent } from '../../shared/int-or-percent.ts';
import { isEmptySelector, validateLabelSelector } from '../../shared/validate-labels.ts';
import { selectorMatches, validateRunsForGood, validateTemplateContent } from '../../shared/validate-pod-template.ts';

/** models pkg/apis/apps/validation: ValidateDaemonSet, and pkg/registry/apps/daemonset: ValidateUpdate */
export function validateDaemonSet(object: Readonly<DaemonSet>, previous?: Readonly<DaemonSet>): FieldError[] {
  const spec = object.spec;
  if (!spec) return [];
  const findings: FieldError[] = [];
  if (previous && !deepEqual(spec.selector, previous.spec?.selector)) findings.push(invalid('spec.selector', spec.selector ?? null, 'field is immutable'));
  findings.push(...validateLabelSelector(spec.selector, 'spec.selector'));
  if (spec.template) findings.push(...selectorMatches(selectorFromLabelSelector(spec.selector), spec.template.metadata?.labels));
  if (spec.selector && isEmptySelector(spec.selector)) findings.push(invalid('spec.selector', {}, 'empty selector is invalid for daemonset'));
  if (spec.template) findings.push(...validateTemplateContent(spec.template, 'spec.template'), ...validateRunsForGood(spec.template.spec, 'DaemonSet'));
  else findings.push(required('spec.template'));
  return [...findings, ...nonNegative('spec.minReadySeconds', spec.minReadySeconds), ...validateStrategy(spec), ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit)];
}

function validateStrategy({ updateStrategy: strategy = {} }: Readonly<DaemonSetSpec>): FieldError[] {
  const rolling = strategy.rollingUpdate;
  if (strategy.type === 'OnDelete') return [];
  if (strategy.type !== 'RollingUpdate') {
    const internal = rolling ? { MaxUnavailable: rolling.maxUnavailable ?? 0, MaxSurge: rolling.maxSurge ?? 0 } : null;
    return [notSupported('spec.updateStrategy', new Verbatim(JSON.stringify({ Type: strategy.type ?? '', RollingUpdate: internal })), ['RollingUpdate', 'OnDelete'])];
  }
  const at = 'spec.updateStrategy.rollingUpdate';
  if (!rolling) return [required(at)];
  const findings = [
    ...validateIntOrPercent(`${at}.maxUnavailable`, rolling.maxUnavailable), ...validateIntOrPercent(`${at}.maxSurge`, rolling.maxSurge),
    ...notMoreThanAll(`${at}.maxUnavailable`, rolling.maxUnavailable), ...notMoreThanAll(`${at}.maxSurge`, rolling.maxSurge),
  ];
  const unavailable = intOrPercentValue(rolling.maxUnavailable) !== 0;
  const surge = intOrPercentValue(rolling.maxSurge) !== 0;
  if (unavailable && surge) findings.push(invalid(`${at}.maxSurge`, rolling.maxSurge, 'may not be set when maxUnavailable is non-zero'));
  if (!unavailable && !surge) findings.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  return findings;
}
