import type { Toleration, TopologySpreadConstraint } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../../machinery/names.ts';
import { duplicate, invalid, invalidName, notSupported, required } from '../findings.ts';
import { validateLabelSelector } from '../validate-labels.ts';

export const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** models pkg/apis/core/validation: ValidateTolerations */
export function validateTolerations(tolerations: readonly Toleration[] | undefined, field: string): FieldError[] {
  return (tolerations ?? []).flatMap((toleration, index) => {
    const at = `${field}[${index}]`;
    const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
    const findings: FieldError[] = key ? invalidName(`${at}.key`, key, qualifiedNameProblems(key)) : [];
    if (key === '' && operator !== 'Exists') findings.push(invalid(`${at}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'));
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') findings.push(invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    if (operator === 'Equal' || operator === '') {
      const problems = labelValueProblems(value);
      if (problems.length > 0) findings.push(invalid(`${at}.operator`, value, problems.join(';')));
    } else if (operator === 'Exists') {
      if (value) findings.push(invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    } else findings.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
    if (effect && !TAINT_EFFECTS.includes(effect)) findings.push(notSupported(`${at}.effect`, effect, TAINT_EFFECTS));
    return findings;
  });
}

/** models pkg/apis/core/validation: validateTopologySpreadConstraints */
export function validateTopologySpread(constraints: readonly TopologySpreadConstraint[] | undefined, field: string): FieldError[] {
  const seen = new Set<string>();
  return (constraints ?? []).flatMap((constraint, index) => {
    const at = `${field}[${index}]`;
    const findings: FieldError[] = [];
    const { maxSkew, topologyKey = '', whenUnsatisfiable, minDomains } = constraint;
    if ((maxSkew ?? 0) <= 0) findings.push(invalid(`${at}.maxSkew`, maxSkew ?? 0, 'must be greater than zero'));
    if (topologyKey === '') findings.push(required(`${at}.topologyKey`, 'can not be empty'));
    const policies = ['DoNotSchedule', 'ScheduleAnyway'];
    if (!policies.includes(whenUnsatisfiable)) findings.push(notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable ?? '', policies));
    const pair = `{${topologyKey}, ${whenUnsatisfiable ?? ''}}`;
    if (seen.has(pair)) findings.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair));
    seen.add(pair);
    if (minDomains !== undefined) {
      if (minDomains <= 0) findings.push(invalid(`${at}.minDomains`, minDomains, 'must be greater than zero'));
      if (whenUnsatisfiable !== 'DoNotSchedule') findings.push(invalid(`${at}.minDomains`, minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`));
    }
    for (const policy of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const value = constraint[policy];
      if (value !== undefined && !['Honor', 'Ignore'].includes(value)) findings.push(notSupported(`${at}.${policy}`, value, ['Honor', 'Ignore']));
    }
    return [...findings, ...validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`)];
  });
}
