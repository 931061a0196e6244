import type { Job, JobSpec, Pod, PodFailurePolicyRule, Stored } from '../../../contracts/k8s/index.ts';
import { readIndexes } from '../../machinery/indexes.ts';

export interface FailureVerdict {
  readonly action: string | undefined;
  /** Counts towards the limits. */
  readonly counts: boolean;
  /** Why the whole Job fails. */
  readonly message?: string;
}

/** What a failed Pod means to its Job: the first rule that matches decides. models job/pod_failure_policy.go: matchPodFailurePolicy */
export function judgeFailure(job: Stored<Job>, pod: Stored<Pod>): FailureVerdict {
  for (const [index, rule] of (job.spec?.podFailurePolicy?.rules ?? []).entries()) {
    const match = matchRule(rule, pod);
    if (match === undefined) continue;
    return { action: rule.action, counts: rule.action !== 'Ignore', ...(rule.action === 'FailJob' ? { message: `${match} matching ${rule.action} rule at index ${index}` } : {}) };
  }
  return { action: undefined, counts: true };
}

/** The first half of the message, or undefined. */
function matchRule(rule: Readonly<PodFailurePolicyRule>, pod: Stored<Pod>): string | undefined {
  const { namespace, name } = pod.metadata;
  const { onExitCodes: codes } = rule;
  if (codes) {
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const matching = statuses.find((status) => {
      const exitCode = status.state?.terminated?.exitCode ?? 0;
      if (exitCode === 0 || (codes.containerName !== undefined && codes.containerName !== status.name)) return false;
      return codes.values.includes(exitCode) === (codes.operator === 'In');
    });
    return matching && `Container ${matching.name} for pod ${namespace}/${name} failed with exit code ${matching.state!.terminated!.exitCode}`;
  }
  const matching = pod.status?.conditions?.find((condition) => rule.onPodConditions?.some((pattern) => pattern.type === condition.type && pattern.status === condition.status));
  return matching && `Pod ${namespace}/${name} has condition ${matching.type}`;
}

/** Enough is done: the message of SuccessCriteriaMet. models job/success_policy.go: matchSuccessPolicy */
export function metSuccessPolicy(spec: Readonly<JobSpec>, succeeded: ReadonlySet<number>): string | undefined {
  if (!spec.successPolicy || succeeded.size === 0) return undefined;
  const index = spec.successPolicy.rules.findIndex((rule) => {
    if (rule.succeededIndexes === undefined) return rule.succeededCount !== undefined && succeeded.size >= rule.succeededCount;
    const wanted = readIndexes(rule.succeededIndexes, spec.completions ?? 0);
    const done = [...wanted].filter((candidate) => succeeded.has(candidate)).length;
    return done >= (rule.succeededCount ?? wanted.size);
  });
  return index < 0 ? undefined : `Matched rules at index ${index}`;
}
