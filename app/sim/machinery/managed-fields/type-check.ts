import { isRecord } from '../objects.ts';
import type { FieldSchema, Schemas } from '../schema.ts';
import { pathText } from './field-set.ts';
import { indexItems, Shapes, type Shape } from './shape.ts';

/**
 * What keeps a configuration from being a typed object: undeclared fields, wrong types, duplicate list keys. In the words
 * of structured-merge-diff; joined as upstream joins them.
 */
export function typeProblems(configuration: unknown, typeName: string, schemas: Schemas): string[] {
  const checker = new TypeChecker(new Shapes(schemas));
  checker.check(configuration, typeName);
  return checker.problems;
}

/** models typed: ValidationErrors.Error */
export function joinProblems(problems: readonly string[]): string {
  return problems.length === 1 ? problems[0]! : `errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
}

class TypeChecker {
  readonly problems: string[] = [];
  readonly #shapes: Shapes;

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  check(configuration: unknown, typeName: string): void {
    this.#walk(configuration, this.#shapes.ofType(typeName), []);
  }

  #report(path: readonly string[], problem: string): void {
    this.problems.push(`${pathText(path)}: ${problem}`);
  }

  #walk(value: unknown, shape: Shape, path: readonly string[]): void {
    if (value === null || value === undefined) return;
    switch (shape.kind) {
      case 'scalar':
        return this.#scalar(value, shape.field, path);
      case 'atomic':
        return;
      case 'struct':
      case 'map':
        if (!isRecord(value)) return this.#report(path, `expected map, got ${describe(value)}`);
        for (const [key, item] of Object.entries(value)) this.#member(key, item, shape, path);
        return;
      default:
        if (!Array.isArray(value)) return this.#report(path, `expected list, got ${describe(value)}`);
        this.#list(value, shape, path);
    }
  }

  #member(key: string, item: unknown, shape: Extract<Shape, { kind: 'struct' | 'map' }>, path: readonly string[]): void {
    const next = [...path, `f:${key}`];
    if (shape.kind === 'struct' && !Object.hasOwn(shape.type.fields, key)) {
      if (!shape.type.preserveUnknown) this.#report(next, 'field not declared in schema');
      return;
    }
    const field = shape.kind === 'struct' ? shape.type.fields[key] : shape.values;
    this.#walk(item, this.#shapes.of(field, item), next);
  }

  #list(list: readonly unknown[], shape: Extract<Shape, { kind: 'list-map' | 'list-set' }>, path: readonly string[]): void {
    const seen = new Set<string>();
    for (const { element, item } of indexItems(list, shape, this.#shapes)) {
      if (seen.has(element)) this.#report(path, `duplicate entries for key ${pathText([element])}`);
      seen.add(element);
      this.#walk(item, this.#shapes.of(shape.items, item), [...path, element]);
    }
  }

  #scalar(value: unknown, field: FieldSchema | undefined, path: readonly string[]): void {
    switch (field?.type) {
      case 'integer':
      case 'number':
        if (typeof value !== 'number') this.#report(path, `expected numeric (int or float), got ${describe(value)}`);
        return;
      case 'boolean':
        if (typeof value !== 'boolean') this.#report(path, `expected boolean, got ${describe(value)}`);
        return;
      case 'string':
      case 'bytes':
      case 'time':
      case 'micro-time':
        if (typeof value !== 'string') this.#report(path, `expected string, got ${describe(value)}`);
        return;
      default:
        if (typeof value === 'object') this.#report(path, `expected scalar, got ${describe(value)}`);
    }
  }
}

/** models value.ToString's type words. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'map';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return typeof value;
}
