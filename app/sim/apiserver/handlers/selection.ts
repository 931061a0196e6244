import { newBadRequest } from '../../machinery/errors.ts';
import { parseFieldSelector } from '../../machinery/fields.ts';
import { EVERYTHING, parseSelector } from '../../machinery/labels.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { StoredObject } from '../registry/stored-object.ts';
import type { WatchFilter } from '../watch-cache/watcher.ts';

/** The value of a field for selectors; `metadata.name` and `metadata.namespace` work for every kind. */
export function fieldOf(definition: ResourceDefinition, value: StoredObject, field: string): string {
  const meta = value.object.metadata;
  if (field === 'metadata.name') return meta.name;
  if (field === 'metadata.namespace') return meta.namespace ?? '';
  return definition.selectableFields?.[field]?.(value.object) ?? '';
}

/** Fields worth an index of watchers: few objects carry each value. */
const INDEXED = new Set(['metadata.name', 'spec.nodeName']);

/** Label and field selectors of a list or watch, and the name in the path, as one filter. */
export function filterOf(definition: ResourceDefinition, namespace: string, name: string, query: Readonly<Record<string, string | undefined>>): WatchFilter & { readonly everything: boolean } {
  const labels = query['labelSelector'] ? parseSelector(query['labelSelector']) : EVERYTHING;
  const fields = parseFieldSelector(query['fieldSelector'] ?? '');
  for (const { field } of fields.terms) checkField(definition, field);
  const terms = name ? [...fields.terms, { field: 'metadata.name', operator: '=' as const, value: name }] : fields.terms;
  const indexed = terms.find((term) => term.operator === '=' && INDEXED.has(term.field));
  return {
    namespace: namespace === '' ? undefined : namespace,
    everything: labels.empty && terms.length === 0,
    index: indexed && [indexed.field, indexed.value],
    matches: (value) =>
      labels.matches(value.object.metadata.labels) &&
      terms.every((term) => (fieldOf(definition, value, term.field) === term.value) === (term.operator === '=')),
  };
}

function checkField(definition: ResourceDefinition, field: string): void {
  if (field === 'metadata.name' || (field === 'metadata.namespace' && definition.scope === 'Namespaced')) return;
  const known = definition.selectableFields;
  if (known && Object.hasOwn(known, field)) return;
  if (known) throw newBadRequest(`field label not supported: ${field}`);
  const names = ['metadata.name', ...(definition.scope === 'Namespaced' ? ['metadata.namespace'] : [])];
  throw newBadRequest(`${JSON.stringify(field)} is not a known field selector: only ${names.map((item) => JSON.stringify(item)).join(', ')}`);
}
