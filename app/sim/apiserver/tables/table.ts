import type { Column, ResourceDefinition } from '../../resources/definition.ts';
import { cellsOf } from '../../resources/shared/columns.ts';
import type { Json } from '../registry/registry.ts';
import type { StoredObject } from '../registry/stored-object.ts';

/** How much of each object a row carries: `includeObject=None|Metadata|Object`. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export function isIncludeObject(text: string): text is IncludeObject {
  return text === 'None' || text === 'Metadata' || text === 'Object';
}

export function columnDefinitions(definition: ResourceDefinition): Json[] {
  return definition.columns.map(({ name, type, format, description, priority }: Column<unknown>) => ({ name, type, format: format ?? '', description, priority }));
}

/** models apiserver/pkg/registry/rest: TableConvertor and meta.k8s.io/v1 Table */
export function tableOf(definition: ResourceDefinition, values: readonly StoredObject[], metadata: Json, include: IncludeObject, now: number, withColumns = true): Json {
  const rows = values.map((value) => rowOf(definition, value, include, now));
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withColumns ? columnDefinitions(definition) : null,
    rows: rows.length === 0 && definition.emptyTableRowsNull ? null : rows,
  };
}

function rowOf(definition: ResourceDefinition, value: StoredObject, include: IncludeObject, now: number): Json {
  const cells = cellsOf(definition, value.object, { now });
  if (include === 'None') return { cells, object: null };
  return { cells, object: include === 'Object' ? value.object : partialMetadata(value) };
}

export function partialMetadata(value: StoredObject): Json {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: value.object.metadata };
}
