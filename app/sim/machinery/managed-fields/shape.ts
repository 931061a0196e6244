import { isRecord } from '../objects.ts';
import type { FieldSchema, Schemas, TypeSchema } from '../schema.ts';

/** What structured-merge-diff calls an atom: how a value at a place is merged. */
export type Shape =
  | { readonly kind: 'scalar'; readonly field: FieldSchema | undefined }
  /** One leaf, whatever is inside. */
  | { readonly kind: 'atomic' }
  | { readonly kind: 'struct'; readonly type: TypeSchema }
  | { readonly kind: 'map'; readonly values: FieldSchema | undefined }
  | { readonly kind: 'list-map'; readonly keys: readonly string[]; readonly items: FieldSchema }
  | { readonly kind: 'list-set'; readonly items: FieldSchema };

/** The shape of a field; for untyped ones it follows the value (objects granular, lists atomic). */
export class Shapes {
  readonly #schemas: Schemas;

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  ofType(name: string): Shape {
    const type = this.#schemas.get(name);
    return type ? { kind: 'struct', type } : { kind: 'map', values: undefined };
  }

  of(field: FieldSchema | undefined, value: unknown): Shape {
    if (!field || field.type === 'any') {
      if (isRecord(value)) return { kind: 'map', values: undefined };
      return Array.isArray(value) ? { kind: 'atomic' } : { kind: 'scalar', field: undefined };
    }
    switch (field.type) {
      case 'ref':
        return this.#ofReference(field, value);
      case 'map':
        return field.mapType === 'atomic' ? { kind: 'atomic' } : { kind: 'map', values: field.items };
      case 'array':
        if (field.listType === 'map' && field.items) return { kind: 'list-map', keys: field.listMapKeys ?? [], items: field.items };
        return field.listType === 'set' && field.items ? { kind: 'list-set', items: field.items } : { kind: 'atomic' };
      default:
        return { kind: 'scalar', field };
    }
  }

  /** The value of a key that an item of a list-map lacks: its default, if it has one (`protocol: TCP`). */
  keyDefault(items: FieldSchema, key: string): unknown {
    return items.ref ? this.#schemas.get(items.ref)?.fields[key]?.default : undefined;
  }

  #ofReference(field: FieldSchema, value: unknown): Shape {
    const type = field.ref ? this.#schemas.get(field.ref) : undefined;
    if (!type) return this.of(undefined, value);
    if (field.mapType === 'atomic' || type.mapType === 'atomic') return { kind: 'atomic' };
    if (type.preserveUnknown && Object.keys(type.fields).length === 0) return this.of(undefined, value);
    return { kind: 'struct', type };
  }
}

/** `k:{"name":"web"}`: an item's identity in a list-map. Undefined when a key without default is missing. */
export function keyElement(item: unknown, keys: readonly string[], defaultOf: (key: string) => unknown): string | undefined {
  if (!isRecord(item)) return undefined;
  const identity: Record<string, unknown> = {};
  let found = false;
  for (const key of [...keys].sort()) {
    const value = item[key] ?? defaultOf(key);
    if (value === undefined) continue;
    identity[key] = value;
    found = true;
  }
  return found ? `k:${JSON.stringify(identity)}` : undefined;
}

export function valueElement(item: unknown): string {
  return `v:${JSON.stringify(item)}`;
}

/** The items of an associative list by their elements; items without identity get an index, so that nothing is lost. */
export function indexItems(list: readonly unknown[], shape: Extract<Shape, { kind: 'list-map' | 'list-set' }>, shapes: Shapes): { element: string; item: unknown }[] {
  return list.map((item, index) => ({
    element:
      shape.kind === 'list-set'
        ? valueElement(item)
        : (keyElement(item, shape.keys, (key) => shapes.keyDefault(shape.items, key)) ?? `i:${index}`),
    item,
  }));
}
