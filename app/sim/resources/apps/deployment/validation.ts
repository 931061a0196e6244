import type { Deployment } from '../../../../contracts/k8s/index.ts';
import { Verbatim, type FieldError } from '../../../machinery/field-error.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { forbidden, invalid, nonNegative, notSupported, required } from '../../shared/findings.ts';
import { validatePodTemplate } from '../../shared/validate-pod-template.ts';

/** models pkg/apis/apps/validation: ValidateDeployment, ValidateDeploymentUpdate */
export function validateDeployment(object: Readonly<Deployment>, previous?: Readonly<Deployment>): FieldError[] {
  const spec = object.spec;
  if (!spec) return [];
  const findings: FieldError[] = [
    ...nonNegative('spec.replicas', spec.replicas),
    ...validatePodTemplate(spec.selector, spec.template, 'Deployment', ['Always']),
    ...validateStrategy(object),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
  ];
  if (spec.progressDeadlineSeconds !== undefined) {
    findings.push(...nonNegative('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds));
    if (spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)) findings.push(invalid('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds, 'must be greater than minReadySeconds'));
  }
  if (previous && !deepEqual(spec.selector, previous.spec?.selector)) findings.push(invalid('spec.selector', spec.selector, 'field is immutable'));
  return findings;
}

function validateStrategy(object: Readonly<Deployment>): FieldError[] {
  const strategy = object.spec!.strategy ?? {};
  const rolling = strategy.rollingUpdate;
  if (strategy.type === 'Recreate') return rolling ? [forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'")] : [];
  if (strategy.type !== 'RollingUpdate') {
    const value = new Verbatim(JSON.stringify({ Type: strategy.type, RollingUpdate: rolling ?? null }));
    return [{ ...notSupported('spec.strategy', value, ['Recreate', 'RollingUpdate']) }];
  }
  if (!rolling) return [required('spec.strategy.rollingUpdate', 'this should be defaulted and never be nil')];
  const findings = [
    ...intOrPercent('spec.strategy.rollingUpdate.maxUnavailable', rolling.maxUnavailable),
    ...intOrPercent('spec.strategy.rollingUpdate.maxSurge', rolling.maxSurge),
  ];
  const isZero = (value: unknown): boolean => value === 0 || value === '0%' || value === undefined;
  if (isZero(rolling.maxUnavailable) && isZero(rolling.maxSurge)) findings.push(invalid('spec.strategy.rollingUpdate.maxUnavailable', rolling.maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0'));
  if (typeof rolling.maxUnavailable === 'string' && Number.parseInt(rolling.maxUnavailable, 10) > 100) findings.push(invalid('spec.strategy.rollingUpdate.maxUnavailable', rolling.maxUnavailable, 'must not be greater than 100%'));
  return findings;
}

function intOrPercent(field: string, value: number | string | undefined): FieldError[] {
  if (typeof value === 'number') return nonNegative(field, value);
  if (value !== undefined && !/^[0-9]+%$/.test(value)) return [invalid(field, value, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')")];
  return [];
}
