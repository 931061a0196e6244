import type { FieldSchema, Schemas, TypeSchema } from '../../../machinery/schema.ts';
import { schemas as builtIn } from '../../schemas/index.ts';
import { valuesOf, type JsonSchema } from './json-schema.ts';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** The fields of a custom resource as managedFields and server-side apply see them. */
export class CustomTypes implements Schemas {
  readonly #types = new Map<string, TypeSchema>();

  /** @param name of the root type: `com.example.stable.v1.Widget` */
  constructor(name: string, schema: JsonSchema) {
    this.#struct(name, schema, true);
  }

  get names(): readonly string[] {
    return [...this.#types.keys()];
  }

  get(name: string): TypeSchema | undefined {
    return this.#types.get(name) ?? builtIn.get(name);
  }

  #struct(name: string, schema: JsonSchema, isResource: boolean): void {
    const fields: Record<string, FieldSchema> = {};
    for (const [key, property] of Object.entries(schema.properties ?? {})) fields[key] = this.#field(property, `${name}.${key}`);
    if (isResource) {
      fields['apiVersion'] = { type: 'string' };
      fields['kind'] = { type: 'string' };
      fields['metadata'] = { type: 'ref', ref: OBJECT_META };
    }
    const mapType = schema['x-kubernetes-map-type'] === 'atomic' ? { mapType: 'atomic' as const } : {};
    this.#types.set(name, { name, fields, required: [...(schema.required ?? [])], ...mapType, ...(schema['x-kubernetes-preserve-unknown-fields'] ? { preserveUnknown: true } : {}) });
  }

  #field(schema: JsonSchema, name: string): FieldSchema {
    const fallback = schema.default === undefined ? {} : { default: schema.default };
    if (schema['x-kubernetes-int-or-string']) return { type: 'int-or-string', ...fallback };
    switch (schema.type) {
      case 'object':
        return { ...this.#object(schema, name), ...fallback };
      case 'array':
        return { ...this.#array(schema, name), ...fallback };
      case 'string':
      case 'integer':
      case 'number':
      case 'boolean':
        return { type: schema.type, ...fallback };
      default:
        return { type: 'any' };
    }
  }

  #object(schema: JsonSchema, name: string): FieldSchema {
    const mapType = schema['x-kubernetes-map-type'] === 'atomic' ? { mapType: 'atomic' as const } : {};
    const values = valuesOf(schema);
    const isResource = schema['x-kubernetes-embedded-resource'] === true;
    if (!schema.properties && !isResource) {
      if (values) return { type: 'map', items: this.#field(values, `${name}[]`), ...mapType };
      if (schema.additionalProperties === true || schema['x-kubernetes-preserve-unknown-fields']) return { type: 'map', items: { type: 'any' }, ...mapType };
    }
    this.#struct(name, schema, isResource);
    return { type: 'ref', ref: name };
  }

  #array(schema: JsonSchema, name: string): FieldSchema {
    const items = schema.items ? this.#field(schema.items, `${name}[]`) : undefined;
    const listType = (schema['x-kubernetes-list-type'] ?? 'atomic') as 'atomic' | 'set' | 'map';
    const keys = schema['x-kubernetes-list-map-keys'];
    return { type: 'array', ...(items ? { items } : {}), listType, ...(keys ? { listMapKeys: keys } : {}) };
  }
}
