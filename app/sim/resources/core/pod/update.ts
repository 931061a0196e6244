import type { Pod, PodSpec } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { clone, deepEqual } from '../../../machinery/objects.ts';
import { forbidden, required } from '../../shared/findings.ts';

const MUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

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
  const kept = (next.spec?.tolerations ?? []);
  if ((previous.spec?.tolerations ?? []).some((toleration) => !kept.some((candidate) => deepEqual(candidate, toleration)))) {
    findings.push(forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'));
  }
  if (findings.length > 0) return findings;
  return deepEqual(immutablePart(next.spec!, previous.spec!), previous.spec) ? [] : [forbidden('spec', MUTABLE)];
}

/** The new spec with its mutable fields set back to the old ones. */
function immutablePart(next: Readonly<PodSpec>, previous: Readonly<PodSpec>): PodSpec {
  const copy = clone(next) as PodSpec;
  for (const [index, container] of (copy.containers ?? []).entries()) container.image = previous.containers[index]!.image!;
  for (const [index, container] of (copy.initContainers ?? []).entries()) container.image = previous.initContainers![index]!.image!;
  const { activeDeadlineSeconds: _, tolerations: __, ...rest } = copy;
  return {
    ...rest,
    ...(previous.activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds: previous.activeDeadlineSeconds }),
    ...(previous.tolerations === undefined ? {} : { tolerations: previous.tolerations }),
  };
}
