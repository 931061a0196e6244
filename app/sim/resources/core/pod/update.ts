import type { NodeSelectorTerm, Pod, PodSpec, Toleration } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { unifiedDiff } from '../../../machinery/go-diff.ts';
import { internalPodSpec } from '../../../machinery/go-dump/internal-form.ts';
import { clone, deepEqual } from '../../../machinery/objects.ts';
import { forbidden, invalid, required } from '../../shared/findings.ts';

const MUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

export const MIRROR = 'kubernetes.io/config.mirror';

/** models pkg/apis/core/validation: ValidatePodCreate and ValidatePodSpecificAnnotations */
export function validatePodCreate({ metadata, spec }: Readonly<Pod>): FieldError[] {
  const mirror = metadata?.annotations?.[MIRROR];
  return [
    ...(mirror !== undefined && !spec?.nodeName ? [invalid(`metadata.annotations[${MIRROR}]`, mirror, 'must set spec.nodeName if mirror pod annotation is set')] : []),
    ...((spec?.ephemeralContainers ?? []).length > 0 ? [forbidden('spec.ephemeralContainers', 'cannot be set on create')] : []),
  ];
}

/** models pkg/apis/core/validation: ValidatePodUpdate */
export function validatePodUpdate(next: Readonly<Pod>, previous: Readonly<Pod>): FieldError[] {
  const findings: FieldError[] = [];
  const newContainers = next.spec?.containers ?? [];
  const oldContainers = previous.spec?.containers ?? [];
  if (newContainers.length !== oldContainers.length) return [forbidden('spec.containers', 'pod updates may not add or remove containers')];
  if ((next.spec?.initContainers ?? []).length !== (previous.spec?.initContainers ?? []).length) {
    return [forbidden('spec.initContainers', 'pod updates may not add or remove containers')];
  }
  for (const [index, container] of newContainers.entries()) if (!container.image) findings.push(required(`spec.containers[${index}].image`));
  const deadline = next.spec?.activeDeadlineSeconds;
  const oldDeadline = previous.spec?.activeDeadlineSeconds;
  if (oldDeadline !== undefined && deadline === undefined) {
    findings.push({ type: 'Invalid', field: 'spec.activeDeadlineSeconds', value: null, detail: 'must not update from a positive integer to nil value' });
  } else if (oldDeadline !== undefined && deadline! > oldDeadline) {
    findings.push({ type: 'Invalid', field: 'spec.activeDeadlineSeconds', value: deadline, detail: 'must be less than or equal to previous value' });
  }
  findings.push(...gateFindings(next, previous));
  const kept = (next.spec?.tolerations ?? []);
  if ((previous.spec?.tolerations ?? []).some((toleration) => !kept.some((candidate) => isSameToleration(candidate, toleration)))) {
    findings.push(forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'));
  }
  if (findings.length > 0) return findings;
  const placement = placementFindings(next.spec!, previous.spec!);
  if (placement.length > 0) return placement;
  const munged = immutablePart(next.spec!, previous.spec!);
  return deepEqual(munged, previous.spec) ? [] : [forbidden('spec', `${MUTABLE}\n${specDiff(previous.spec!, munged)}`)];
}

/** What else was changed, line by line. */
function specDiff(previous: Readonly<PodSpec>, next: Readonly<PodSpec>): string {
  return unifiedDiff(JSON.stringify(internalPodSpec(previous), undefined, 1), JSON.stringify(internalPodSpec(next), undefined, 1));
}

function isGated(spec: Readonly<PodSpec>): boolean {
  return (spec.schedulingGates ?? []).length > 0;
}

/** How long it holds may change, what it tolerates may not. */
function isSameToleration(a: Readonly<Toleration>, b: Readonly<Toleration>): boolean {
  return deepEqual({ ...a, tolerationSeconds: undefined }, { ...b, tolerationSeconds: undefined });
}

/** models ValidatePodUpdate: validateSchedulingGatesUpdate */
function gateFindings(next: Readonly<Pod>, previous: Readonly<Pod>): FieldError[] {
  const known = new Set((previous.spec?.schedulingGates ?? []).map(({ name }) => name));
  return (next.spec?.schedulingGates ?? []).flatMap(({ name }, index) => (known.has(name) ? [] : [forbidden(`spec.schedulingGates[${index}].name`, `only deletion is allowed, but found new scheduling gate '${name}'`)]));
}

/** While gates hold, where the Pod may go can be narrowed. models ValidatePodUpdate: MutablePodNodeSelectorAndNodeAffinity */
function placementFindings(next: Readonly<PodSpec>, previous: Readonly<PodSpec>): FieldError[] {
  if (!isGated(previous)) return [];
  const findings: FieldError[] = [];
  const kept = Object.entries(previous.nodeSelector ?? {}).every(([key, value]) => next.nodeSelector?.[key] === value);
  if (!kept) findings.push({ type: 'Invalid', field: 'spec.nodeSelector', value: next.nodeSelector ?? null, detail: 'only additions to spec.nodeSelector are allowed (no mutations or deletions)' });
  const terms = (spec: Readonly<PodSpec>): readonly NodeSelectorTerm[] | undefined => spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const before = terms(previous);
  const after = terms(next);
  const at = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  if (before && before.length !== after?.length) findings.push({ type: 'Invalid', field: at, value: after ?? null, detail: 'no additions/deletions to non-empty NodeSelectorTerms list are allowed' });
  else if (before) {
    for (const [index, term] of before.entries()) {
      const isKept = (list: 'matchExpressions' | 'matchFields'): boolean => (term[list] ?? []).every((expression, position) => deepEqual(expression, after![index]![list]?.[position]));
      if (!isKept('matchExpressions') || !isKept('matchFields')) findings.push({ type: 'Invalid', field: `${at}[${index}]`, value: after![index], detail: 'only additions are allowed (no mutations or deletions)' });
    }
  }
  return findings;
}

/** Sets back what a gated Pod may change, so that only forbidden changes remain to be seen. */
function restorePlacement(copy: PodSpec, previous: Readonly<PodSpec>): void {
  if (previous.nodeSelector === undefined) delete copy.nodeSelector;
  else copy.nodeSelector = { ...previous.nodeSelector };
  const { nodeAffinity: _, ...others } = copy.affinity ?? {};
  const nodeAffinity = previous.affinity?.nodeAffinity;
  if (previous.affinity) copy.affinity = { ...others, ...(nodeAffinity ? { nodeAffinity: clone(nodeAffinity) } : {}) };
  else if (Object.keys(others).length === 0) delete copy.affinity;
}

/** The new spec with its mutable fields set back to the old ones. */
function immutablePart(next: Readonly<PodSpec>, previous: Readonly<PodSpec>): PodSpec {
  const copy = clone(next) as PodSpec;
  for (const [index, container] of (copy.containers ?? []).entries()) container.image = previous.containers[index]!.image!;
  for (const [index, container] of (copy.initContainers ?? []).entries()) container.image = previous.initContainers![index]!.image!;
  const { activeDeadlineSeconds: _, tolerations: __, schedulingGates: ___, ...rest } = copy;
  if (isGated(previous)) restorePlacement(rest, previous);
  return {
    ...rest,
    ...(previous.schedulingGates === undefined ? {} : { schedulingGates: previous.schedulingGates }),
    ...(previous.activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds: previous.activeDeadlineSeconds }),
    ...(previous.tolerations === undefined ? {} : { tolerations: previous.tolerations }),
  };
}
