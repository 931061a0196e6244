import { isRecord } from '../../../machinery/objects.ts';
import { propertyOf, valuesOf, type Json, type JsonSchema } from './json-schema.ts';

const META = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Drops what the schema does not name, in place, and returns the paths of what was dropped, sorted.
 *
 * models apiextensions-apiserver/pkg/apiserver/schema/pruning: PruneWithOptions
 */
export function prune(object: Json, schema: JsonSchema, isResourceRoot: boolean): string[] {
  const dropped: string[] = [];
  new Pruner(dropped).walk(object, schema, '', isResourceRoot);
  return dropped.sort();
}

class Pruner {
  readonly #dropped: string[];

  constructor(dropped: string[]) {
    this.#dropped = dropped;
  }

  walk(value: unknown, schema: JsonSchema | undefined, path: string, isResource: boolean): void {
    const resource = isResource || schema?.['x-kubernetes-embedded-resource'] === true;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) this.walk(item, schema?.items, `${path}[${index}]`, false);
    } else if (isRecord(value)) {
      for (const key of Object.keys(value)) this.#member(value, key, schema, path === '' ? key : `${path}.${key}`, resource);
    }
  }

  #member(object: Json, key: string, schema: JsonSchema | undefined, path: string, isResource: boolean): void {
    if (isResource && META.has(key)) return;
    const property = propertyOf(schema, key);
    if (property) return this.walk(object[key], property, path, false);
    if (schema?.additionalProperties !== undefined && schema.additionalProperties !== false) return this.walk(object[key], valuesOf(schema), path, false);
    if (schema?.['x-kubernetes-preserve-unknown-fields']) return;
    this.#dropped.push(path);
    delete object[key];
  }
}
