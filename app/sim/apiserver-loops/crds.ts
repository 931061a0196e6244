import { rfc3339, type Clock } from '../../base/clock/index.ts';
import type { Stored } from '../../contracts/k8s/index.ts';
import type { ResourceType } from '../client/api-client.ts';
import type { Condition, CustomResourceDefinition } from '../resources/apiextensions/customresourcedefinition/types.ts';

export type Crd = Stored<CustomResourceDefinition>;

export const crds: ResourceType<CustomResourceDefinition> = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false };

/** The definition with a condition set. The time changes with the status only. models apihelpers: SetCRDCondition */
export function withCondition(crd: Crd, condition: Omit<Condition, 'lastTransitionTime'>, clock: Clock): Crd {
  const conditions = crd.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === condition.type);
  const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime! : rfc3339(clock.now());
  const next = { ...condition, lastTransitionTime };
  const all = before ? conditions.map((existing) => (existing === before ? next : existing)) : [...conditions, next];
  return { ...crd, status: { ...crd.status!, conditions: all } };
}
