import { ControlLoop } from '../../client/control-loop.ts';
import { clusterRoles } from '../../client/resource-types.ts';
import type { ClusterRole, PolicyRule, Stored } from '../../../contracts/k8s/index.ts';
import { selectorFromLabelSelector } from '../../machinery/labels.ts';
import { deepEqual } from '../../machinery/objects.ts';
import type { Controller } from '../context.ts';

const MANAGER = 'clusterrole-aggregation-controller';

/** Fills roles that have an aggregationRule with the rules of the roles that it selects. models pkg/controller/clusterroleaggregation */
export const clusterRoleAggregationController: Controller = {
  name: 'clusterrole-aggregation-controller',
  serviceAccount: 'clusterrole-aggregation-controller',
  start({ client, clock, informers }) {
    const roles = informers.of(clusterRoles);
    const loop = new ControlLoop('clusterrole-aggregation-controller', clock, {
      async reconcile(name, cause) {
        const role = roles.get(name);
        if (!role?.aggregationRule || !roles.synced) return;
        const rules = aggregatedRules(role, roles.list());
        if (deepEqual(rules, role.rules ?? [])) return;
        const body = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules };
        const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${encodeURIComponent(name)}`;
        await client.transport.send({ method: 'PATCH', path, body, contentType: 'application/apply-patch+yaml', query: { fieldManager: MANAGER, force: 'true' }, cause });
      },
    });
    // Any role may be part of any aggregated one.
    const enqueueAll = (cause: readonly number[]): void => {
      for (const role of roles.list()) if (role.aggregationRule) loop.queue.add(role.metadata.name, cause);
    };
    roles.whenSynced(() => enqueueAll([]));
    const whenSynced = (cause: readonly number[]): void => {
      if (roles.synced) enqueueAll(cause);
    };
    roles.handle({ onAdd: (_, cause) => whenSynced(cause), onUpdate: (_, __, cause) => whenSynced(cause), onDelete: (_, cause) => whenSynced(cause) });
    return loop;
  },
};

/** Rules of all selected roles, by name, each once. */
function aggregatedRules(role: Stored<ClusterRole>, all: readonly Stored<ClusterRole>[]): PolicyRule[] {
  const rules: PolicyRule[] = [];
  const sorted = [...all].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const selects = selectorFromLabelSelector(selector);
    for (const other of sorted) {
      if (other.metadata.name === role.metadata.name || !selects.matches(other.metadata.labels)) continue;
      for (const rule of other.rules ?? []) if (!rules.some((known) => deepEqual(known, rule))) rules.push(rule);
    }
  }
  return rules;
}
