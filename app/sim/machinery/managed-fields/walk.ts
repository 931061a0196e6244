import { deepEqual, isRecord } from '../objects.ts';
import type { FieldSchema, Schemas, TypeSchema } from '../schema.ts';
import type { FieldSet} from './field-set.ts';
import { FieldSetBuilder } from './field-set.ts';
import { indexItems, Shapes, type Shape } from './shape.ts';

type Json = Record<string, unknown>;

/** The field of a struct or the value type of a map. */
function fieldOf(shape: Extract<Shape, { kind: 'struct' | 'map' }>, key: string): FieldSchema | undefined {
  return shape.kind === 'struct' ? shape.type.fields[key] : shape.values;
}

/**
 * All fields that a configuration names: what its applier owns.
 *
 * models structured-merge-diff/typed: toFieldSetWalker
 */
export function namedFields(value: unknown, typeName: string, schemas: Schemas): FieldSet {
  const shapes = new Shapes(schemas);
  const walk = (item: unknown, shape: Shape, at: FieldSetBuilder): void => {
    switch (shape.kind) {
      case 'scalar':
      case 'atomic':
        return at.insert();
      case 'struct':
      case 'map':
        if (!isRecord(item)) return;
        for (const [key, child] of Object.entries(item)) {
          const next = at.child(`f:${key}`);
          const field = fieldOf(shape, key);
          walk(child, shapes.of(field, child), next);
          const isMapKey = shape.kind === 'map';
          if (isMapKey || child === null || (isRecord(child) && Object.keys(child).length === 0)) next.insert();
        }
        return;
      default:
        if (!Array.isArray(item)) return;
        for (const { element, item: child } of indexItems(item, shape, shapes)) {
          const next = at.child(element);
          walk(child, shapes.of(shape.items, child), next);
          next.insert();
        }
    }
  };
  const builder = new FieldSetBuilder();
  walk(value, shapes.ofType(typeName), builder);
  return builder.build();
}

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/**
 * Which fields differ between two states of an object.
 *
 * models structured-merge-diff/typed: compareWalker. A struct, map or list that is new is added itself (`.`), and so is
 * each leaf below it.
 */
export function compareFields(before: unknown, after: unknown, typeName: string, schemas: Schemas): Comparison {
  const comparer = new Comparer(new Shapes(schemas));
  comparer.compare(before, after, typeName);
  return comparer.result();
}

class Comparer {
  readonly #shapes: Shapes;
  readonly #added = new FieldSetBuilder();
  readonly #modified = new FieldSetBuilder();
  readonly #removed = new FieldSetBuilder();

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  compare(before: unknown, after: unknown, typeName: string): void {
    this.#visit(before, after, () => this.#shapes.ofType(typeName), []);
  }

  result(): Comparison {
    return { added: this.#added.build(), modified: this.#modified.build(), removed: this.#removed.build() };
  }

  #mark(set: FieldSetBuilder, path: readonly string[]): void {
    path.reduce((at, element) => at.child(element), set).insert();
  }

  #visit(before: unknown, after: unknown, shapeFor: (value: unknown) => Shape, path: readonly string[]): void {
    if (before === after) return;
    const shape = shapeFor(after ?? before);
    if (this.#isLeaf(shape, before, after)) return this.#leaf(before, after, path);
    if (shape.kind === 'list-map' || shape.kind === 'list-set') this.#list(shape, before, after, path);
    else if (shape.kind === 'struct' || shape.kind === 'map') this.#map(shape, before, after, path);
    if (path.length === 0) return;
    if (before === undefined) this.#mark(this.#added, path);
    else if (after === undefined) this.#mark(this.#removed, path);
  }

  /** Both empty or null: a leaf, so that null, absent and empty stay apart. */
  #isLeaf(shape: Shape, before: unknown, after: unknown): boolean {
    if (shape.kind === 'scalar' || shape.kind === 'atomic') return true;
    const isEmpty = (value: unknown): boolean =>
      Array.isArray(value) ? value.length === 0 : isRecord(value) ? Object.keys(value).length === 0 : true;
    return isEmpty(before) && isEmpty(after);
  }

  #leaf(before: unknown, after: unknown, path: readonly string[]): void {
    if (path.length === 0) return;
    if (before === undefined) this.#mark(this.#added, path);
    else if (after === undefined) this.#mark(this.#removed, path);
    else if (!deepEqual(before, after)) this.#mark(this.#modified, path);
  }

  #map(shape: Extract<Shape, { kind: 'struct' | 'map' }>, before: unknown, after: unknown, path: readonly string[]): void {
    const left: Json = isRecord(before) ? before : {};
    const right: Json = isRecord(after) ? after : {};
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const field = fieldOf(shape, key);
      this.#visit(left[key], right[key], (value) => this.#shapes.of(field, value), [...path, `f:${key}`]);
    }
  }

  #list(shape: Extract<Shape, { kind: 'list-map' | 'list-set' }>, before: unknown, after: unknown, path: readonly string[]): void {
    const left = new Map(indexItems(Array.isArray(before) ? before : [], shape, this.#shapes).map(({ element, item }) => [element, item]));
    const right = new Map(indexItems(Array.isArray(after) ? after : [], shape, this.#shapes).map(({ element, item }) => [element, item]));
    for (const element of new Set([...left.keys(), ...right.keys()])) {
      this.#visit(left.get(element), right.get(element), (value) => this.#shapes.of(shape.items, value), [...path, element]);
    }
  }
}

/** What an object of this type looks like when nothing is set: Go writes fields without `omitempty` even then. */
export function emptyObject(type: TypeSchema | undefined, schemas: Schemas): Json {
  const result: Json = {};
  for (const [name, field] of Object.entries(type?.fields ?? {})) if (field.always) result[name] = emptyValue(field, schemas);
  return result;
}

function emptyValue(field: FieldSchema, schemas: Schemas): unknown {
  switch (field.type) {
    case 'ref':
      return emptyObject(field.ref ? schemas.get(field.ref) : undefined, schemas);
    case 'string':
      return '';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    default:
      return null;
  }
}
