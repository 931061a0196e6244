import type { ResourceDefinition } from '../../resources/definition.ts';
import { verbsOf } from '../discovery/discovery.ts';
import type { Json } from '../registry/registry.ts';

/** Operation of a verb of discovery, on a collection or on one object. */
const OPERATIONS: Readonly<Record<string, { readonly on: 'collection' | 'object'; readonly method: string; readonly action: string }>> = {
  list: { on: 'collection', method: 'get', action: 'list' },
  create: { on: 'collection', method: 'post', action: 'post' },
  deletecollection: { on: 'collection', method: 'delete', action: 'deletecollection' },
  get: { on: 'object', method: 'get', action: 'get' },
  update: { on: 'object', method: 'put', action: 'put' },
  patch: { on: 'object', method: 'patch', action: 'patch' },
  delete: { on: 'object', method: 'delete', action: 'delete' },
};
const READING = ['allowWatchBookmarks', 'continue', 'fieldSelector', 'labelSelector', 'limit', 'resourceVersion', 'resourceVersionMatch', 'sendInitialEvents', 'timeoutSeconds', 'watch'];
const DELETING = ['dryRun', 'gracePeriodSeconds', 'ignoreStoreReadErrorWithClusterBreakingPotential', 'orphanDependents', 'propagationPolicy'];
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  list: READING, get: [], post: ['dryRun', 'fieldManager', 'fieldValidation'], put: ['dryRun', 'fieldManager', 'fieldValidation'],
  patch: ['dryRun', 'fieldManager', 'fieldValidation', 'force'], delete: DELETING,
  deletecollection: [...DELETING, ...READING.filter((name) => name !== 'watch' && name !== 'allowWatchBookmarks')],
};
const TYPES: Readonly<Record<string, string>> = {
  allowWatchBookmarks: 'boolean', force: 'boolean', gracePeriodSeconds: 'integer', ignoreStoreReadErrorWithClusterBreakingPotential: 'boolean', limit: 'integer',
  orphanDependents: 'boolean', sendInitialEvents: 'boolean', timeoutSeconds: 'integer', watch: 'boolean',
};

/** Paths of a kind and of what lies below it, by the verbs that it has: kubectl reads from them what a kind can do (dry run, strict validation). */
export function pathsOf(base: string, definition: ResourceDefinition): Json {
  const { group, version, kind, plural, scope, subresources } = definition;
  const gvk = { group, kind, version };
  const collection = scope === 'Namespaced' ? `${base}/namespaces/{namespace}/${plural}` : `${base}/${plural}`;
  const object = `${collection}/{name}`;
  const paths: Json = {};
  const add = (verbs: readonly string[], what: Json, at: { readonly collection?: string; readonly object: string }): void => {
    for (const verb of verbs) {
      const operation = OPERATIONS[verb];
      const path = operation && (at[operation.on] ?? at.object);
      if (path) (paths[path] ??= {})[operation.method] = operationOf(operation.action, what);
    }
  };
  const verbs = verbsOf(definition);
  add(verbs, gvk, { collection, object });
  if (scope === 'Namespaced' && verbs.includes('list')) add(['list'], gvk, { collection: `${base}/${plural}`, object });
  if (subresources?.status) add(['get', 'patch', 'update'], gvk, { object: `${object}/status` });
  if (subresources?.scale) add(['get', 'patch', 'update'], { group: 'autoscaling', kind: 'Scale', version: 'v1' }, { object: `${object}/scale` });
  for (const [name, other] of Object.entries(subresources?.others ?? {})) {
    add(other.verbs, { group: other.group ?? group, kind: other.kind, version: other.version ?? version }, { object: `${object}/${name}` });
  }
  return paths;
}

function operationOf(action: string, gvk: Json): Json {
  const parameters = PARAMETERS[action]!.map((name) => ({ name, in: 'query', schema: { type: TYPES[name] ?? 'string', uniqueItems: true } }));
  return { 'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': gvk, parameters, responses: { 200: { description: 'OK' } } };
}
