import type { StatefulSet, StatefulSetSpec } from '../../../../contracts/k8s/index.ts';
import { Verbatim, type FieldError } from '../../../machinery/field-error.ts';
import { selectorFromLabelSelector } from '../../../machinery/labels.ts';
import { dns1123LabelProblems } from '../../../machinery/names.ts';
import { clone, deepEqual } from '../../../machinery/objects.ts';
import { forbidden, invalid, invalidName, nonNegative, notSupported, required } from '../../shared/findings.ts';
import { notMoreThanAll, validateIntOrPercent } from '../../shared/int-or-percent.ts';
import { isEmptySelector, validateLabelSelector } from '../../shared/validate-labels.ts';
import { selectorMatches, validateRunsForGood, validateTemplateContent } from '../../shared/validate-pod-template.ts';

const MUTABLE = ['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy', 'minReadySeconds'] as const;
const IMMUTABLE = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/** models pkg/apis/apps/validation: ValidateStatefulSet, ValidateStatefulSetUpdate */
export function validateStatefulSet(object: Readonly<StatefulSet>, previous?: Readonly<StatefulSet>): FieldError[] {
  const spec = object.spec;
  if (!spec) return [];
  const findings = [
    ...validatePolicy(spec),
    ...validateStrategy(spec),
    ...validateRetention(spec),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...(spec.serviceName ? invalidName('spec.serviceName', spec.serviceName, dns1123LabelProblems(spec.serviceName)) : []),
    ...validateSelectorAndTemplate(spec),
  ];
  if (previous?.spec && !deepEqual(withoutMutable(spec), withoutMutable(previous.spec))) findings.push(forbidden('spec', IMMUTABLE));
  return findings;
}

function withoutMutable(spec: Readonly<StatefulSetSpec>): object {
  const copy = clone(spec) as Partial<StatefulSetSpec>;
  for (const field of MUTABLE) delete copy[field];
  return copy;
}

function validatePolicy({ podManagementPolicy }: Readonly<StatefulSetSpec>): FieldError[] {
  if (!podManagementPolicy) return [required('spec.podManagementPolicy')];
  return podManagementPolicy === 'OrderedReady' || podManagementPolicy === 'Parallel' ? [] : [invalid('spec.podManagementPolicy', podManagementPolicy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateStrategy({ updateStrategy: strategy = {} }: Readonly<StatefulSetSpec>): FieldError[] {
  const rolling = strategy.rollingUpdate;
  const at = 'spec.updateStrategy.rollingUpdate';
  if (!strategy.type) return [required('spec.updateStrategy')];
  if (strategy.type === 'OnDelete') return rolling ? [invalid(at, internalRolling(rolling), "only allowed for updateStrategy 'RollingUpdate'")] : [];
  if (strategy.type !== 'RollingUpdate') {
    const value = new Verbatim(JSON.stringify({ Type: strategy.type, RollingUpdate: rolling ? JSON.parse(internalRolling(rolling).text) as object : null }));
    return [invalid('spec.updateStrategy', value, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  const findings = nonNegative(`${at}.partition`, rolling?.partition);
  if (rolling?.maxUnavailable === undefined) return findings;
  findings.push(...validateIntOrPercent(`${at}.maxUnavailable`, rolling.maxUnavailable));
  if (rolling.maxUnavailable === 0 || rolling.maxUnavailable === '0%') findings.push(invalid(`${at}.maxUnavailable`, rolling.maxUnavailable, 'cannot be 0'));
  return [...findings, ...notMoreThanAll(`${at}.maxUnavailable`, rolling.maxUnavailable)];
}

const internalRolling = (rolling: { partition?: number; maxUnavailable?: number | string }): Verbatim => new Verbatim(JSON.stringify({ Partition: rolling.partition ?? 0, MaxUnavailable: rolling.maxUnavailable ?? null }));

function validateRetention({ persistentVolumeClaimRetentionPolicy: policy }: Readonly<StatefulSetSpec>): FieldError[] {
  return (['whenDeleted', 'whenScaled'] as const).flatMap((when) => {
    const value = policy?.[when];
    return !value || value === 'Retain' || value === 'Delete' ? [] : [notSupported(`spec.persistentVolumeClaimRetentionPolicy.${when}`, value, ['Retain', 'Delete'])];
  });
}

function validateSelectorAndTemplate(spec: Readonly<StatefulSetSpec>): FieldError[] {
  const findings: FieldError[] = [];
  if (!spec.selector) findings.push(required('spec.selector'));
  else {
    findings.push(...validateLabelSelector(spec.selector, 'spec.selector'));
    if (isEmptySelector(spec.selector)) findings.push(invalid('spec.selector', {}, 'empty selector is invalid for statefulset'));
  }
  const { template } = spec;
  if (!template) return [...findings, required('spec.template')];
  if (spec.selector && findings.length === 0) findings.push(...selectorMatches(selectorFromLabelSelector(spec.selector), template.metadata?.labels));
  // Claims are volumes of each Pod, under their template's name.
  const volumes = [...(template.spec?.volumes ?? [])];
  for (const claim of spec.volumeClaimTemplates ?? []) {
    const name = claim.metadata?.name ?? '';
    if (!volumes.some((volume) => volume.name === name)) volumes.push({ name, persistentVolumeClaim: { claimName: name } });
  }
  const whole = template.spec ? { ...template, spec: { ...template.spec, ...(volumes.length > 0 ? { volumes } : {}) } } : template;
  return [...findings, ...validateTemplateContent(whole, 'spec.template'), ...validateRunsForGood(template.spec, 'StatefulSet')];
}
