import { newForbidden } from '../../machinery/errors.ts';
import type { StatusError } from '../../machinery/status.ts';
import type { AdmissionAttributes } from '../interfaces.ts';

/**
 * The refusal of a plug-in: `pods "web" is forbidden: …`. models apiserver/pkg/admission: NewForbidden
 * @param phase a name is generated only after the mutating plug-ins: these know `web-`, not `web-x7k2p`.
 */
export function refusal(attributes: AdmissionAttributes, message: string, phase: 'mutating' | 'validating' = 'validating'): StatusError {
  const { group, resource, name, object } = attributes;
  const { metadata } = (object ?? {}) as { metadata?: { name?: string; generateName?: string } };
  const own = phase === 'mutating' ? (metadata?.generateName ?? metadata?.name) : (metadata?.name ?? metadata?.generateName);
  return newForbidden({ group, resource }, name || own || 'Unknown', message);
}

/** Several findings as one: alone as it is, else in brackets, equal ones once. models util/errors: NewAggregate */
export function aggregate(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]`;
}
