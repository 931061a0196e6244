import type { FieldError } from '../../machinery/field-error.ts';
import { invalid, nonNegative } from './findings.ts';

type Counts = Readonly<Record<string, unknown>>;

/**
 * No count is negative, and no part is more than the whole.
 *
 * models pkg/apis/apps/validation: ValidateDeploymentStatus, ValidateReplicaSetStatus, validateStatefulSetStatus
 * @param counts in the order in which upstream complains
 * @param parts counts that `status.replicas` contains
 * @param ready what available replicas are compared with, as the message has it
 */
export function validateReplicaStatus(status: object | undefined, counts: readonly string[], parts: readonly string[], ready: string): FieldError[] {
  const given = (status ?? {}) as Counts;
  const numberOf = (name: string): number => (typeof given[name] === 'number' ? given[name] : 0);
  const findings = counts.flatMap((name) => nonNegative(`status.${name}`, numberOf(name)));
  for (const name of parts) if (numberOf(name) > numberOf('replicas')) findings.push(invalid(`status.${name}`, numberOf(name), 'cannot be greater than status.replicas'));
  if (numberOf('availableReplicas') > numberOf('readyReplicas')) findings.push(invalid('status.availableReplicas', numberOf('availableReplicas'), `cannot be greater than ${ready}`));
  return findings;
}
