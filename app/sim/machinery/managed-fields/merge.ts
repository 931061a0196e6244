import { clone, isRecord } from '../objects.ts';
import type { Schemas } from '../schema.ts';
import type { FieldSet } from './field-set.ts';
import { indexItems, Shapes, type Shape } from './shape.ts';

type Json = Record<string, unknown>;
type ListShape = Extract<Shape, { kind: 'list-map' | 'list-set' }>;

/** Lays a configuration over the live object: its leaves win, associative lists merge by identity. models typed: merge */
export function mergeConfiguration(live: unknown, configuration: unknown, typeName: string, schemas: Schemas): Json {
  const merger = new ConfigurationMerger(new Shapes(schemas));
  return merger.merge(live, configuration, merger.shapes.ofType(typeName)) as Json;
}

class ConfigurationMerger {
  readonly shapes: Shapes;

  constructor(shapes: Shapes) {
    this.shapes = shapes;
  }

  merge(left: unknown, right: unknown, shape: Shape): unknown {
    if (right === undefined) return clone(left);
    if (left === undefined || right === null) return clone(right);
    if ((shape.kind === 'struct' || shape.kind === 'map') && isRecord(left) && isRecord(right)) {
      const result: Json = clone(left);
      for (const [key, value] of Object.entries(right)) {
        const field = shape.kind === 'struct' ? shape.type.fields[key] : shape.values;
        result[key] = this.merge(left[key], value, this.shapes.of(field, value));
      }
      return result;
    }
    if ((shape.kind === 'list-map' || shape.kind === 'list-set') && Array.isArray(left) && Array.isArray(right)) return this.#list(left, right, shape);
    return clone(right);
  }

  /**
   * Weaves two lists: common items in the configuration's order, the others keep their neighbours.
   * models structured-merge-diff/typed: mergingWalker.visitListItems
   */
  #list(left: readonly unknown[], right: readonly unknown[], shape: ListShape): unknown[] {
    const lefts = indexItems(left, shape, this.shapes);
    const rights = indexItems(right, shape, this.shapes);
    const leftByElement = new Map(lefts.map(({ element, item }) => [element, item]));
    const inRight = new Set(rights.map(({ element }) => element));
    const shared = rights.filter(({ element }) => leftByElement.has(element)).map(({ element }) => element);
    const taken = new Set<string>();
    const result: unknown[] = [];
    const take = (element: string, rightItem: unknown): void => {
      taken.add(element);
      result.push(this.merge(leftByElement.get(element), rightItem, this.shapes.of(shape.items, rightItem)));
      if (shared[0] === element) shared.shift();
    };
    let l = 0;
    let r = 0;
    while (l < lefts.length || r < rights.length) {
      const leftEntry = lefts[l];
      const rightEntry = rights[r];
      if (leftEntry && rightEntry) {
        if (leftEntry.element === rightEntry.element) {
          take(rightEntry.element, rightEntry.item);
          l++;
          r++;
          continue;
        }
        if (inRight.has(leftEntry.element) && shared.length > 0 && shared[0] !== leftEntry.element) {
          l++;
          continue;
        }
      }
      if (leftEntry) {
        if (!inRight.has(leftEntry.element)) {
          result.push(clone(leftEntry.item));
          l++;
          continue;
        }
        if (taken.has(leftEntry.element)) l++;
      }
      if (rightEntry) {
        take(rightEntry.element, rightEntry.item);
        r++;
      }
    }
    return result;
  }
}

/**
 * Removes what an applier owned before and nobody owns now.
 *
 * An item goes, with all that lies below it, when the applier's last configuration named it (or something below it) and no
 * manager, this applier's new configuration included, owns it or anything below it.
 * models structured-merge-diff/merge: Updater.prune
 */
export function prune(object: Json, last: FieldSet, owned: FieldSet, typeName: string, schemas: Schemas): Json {
  const shapes = new Shapes(schemas);
  const walk = (value: unknown, shape: Shape, lastAt: FieldSet, ownedAt: FieldSet): unknown => {
    if (lastAt.empty) return value;
    const isGone = (element: string): boolean => !lastAt.child(element).empty && ownedAt.child(element).empty;
    if ((shape.kind === 'struct' || shape.kind === 'map') && isRecord(value)) {
      const result: Json = {};
      for (const [key, item] of Object.entries(value)) {
        const element = `f:${key}`;
        if (isGone(element)) continue;
        const field = shape.kind === 'struct' ? shape.type.fields[key] : shape.values;
        result[key] = walk(item, shapes.of(field, item), lastAt.child(element), ownedAt.child(element));
      }
      return result;
    }
    if ((shape.kind === 'list-map' || shape.kind === 'list-set') && Array.isArray(value)) {
      return indexItems(value, shape, shapes)
        .filter(({ element }) => !isGone(element))
        .map(({ element, item }) => walk(item, shapes.of(shape.items, item), lastAt.child(element), ownedAt.child(element)));
    }
    return value;
  };
  return walk(object, shapes.ofType(typeName), last, owned) as Json;
}
