import { newBadRequest, newUnknownError } from '../errors.ts';
import { clone, deepEqual, isRecord } from '../objects.ts';
import type { FieldSchema, Schemas, TypeSchema } from '../schema.ts';
import { goText } from './go-text.ts';
import { orderElements } from './element-order.ts';

type Json = Record<string, unknown>;

const SET_ORDER = '$setElementOrder/';
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList/';
const RETAIN_KEYS = '$retainKeys';

/**
 * Kubernetes' own patch: lists with a merge key merge by it, `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/x` and
 * `$setElementOrder/x` direct the merge.
 *
 * models k8s.io/apimachinery/pkg/util/strategicpatch: StrategicMergePatch. Returns a new document; failures are
 * StatusErrors with upstream's codes (500 without a reason for most).
 */
export function applyStrategicMergePatch(document: unknown, patch: unknown, schemas: Schemas, typeName: string): unknown {
  return new Merger(schemas).mergeMap((document ?? {}) as Json, patch as Json, schemas.get(typeName));
}

class Merger {
  readonly #schemas: Schemas;

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  mergeMap(original: Json, patch: Json, type: TypeSchema | undefined): Json {
    const directive = patch['$patch'];
    if (directive !== undefined) {
      if (directive === 'replace') return withoutDirectives(omit(patch, '$patch')) as Json;
      if (directive === 'delete') return {};
      if (directive !== 'merge') throw newUnknownError(`unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
    }
    const result: Json = { ...retained(original, patch) };
    for (const [key, value] of Object.entries(patch)) {
      if (key === '$patch' || key === RETAIN_KEYS || key.startsWith(SET_ORDER)) continue;
      if (key.startsWith(DELETE_PRIMITIVES)) {
        this.#deletePrimitives(result, key.slice(DELETE_PRIMITIVES.length), value);
        continue;
      }
      this.#mergeField(result, key, value, patch[SET_ORDER + key], type?.fields[key]);
    }
    this.#orderUntouched(result, patch, type);
    return result;
  }

  #deletePrimitives(result: Json, key: string, value: unknown): void {
    if (!Array.isArray(value)) throw newUnknownError(`expected list for ${DELETE_PRIMITIVES}${key}`);
    const current = result[key];
    if (Array.isArray(current)) result[key] = current.filter((item) => !value.some((gone) => deepEqual(gone, item)));
  }

  #mergeField(result: Json, key: string, value: unknown, order: unknown, field: FieldSchema | undefined): void {
    if (order !== undefined && (!Array.isArray(order) || (value !== null && !Array.isArray(value)))) throw newBadRequest('invalid patch format of setElementOrder list');
    if (value === null) {
      delete result[key];
      return;
    }
    const current = Object.hasOwn(result, key) ? result[key] : undefined;
    const strategies = field?.patchStrategy?.split(',') ?? [];
    if (current === undefined || current === null) {
      result[key] = order === undefined ? withoutDirectives(value) : this.#mergeList([], value as unknown[], order, field);
    } else if (isRecord(value) && isRecord(current)) {
      const type = field?.type === 'ref' && field.ref ? this.#schemas.get(field.ref) : mapType(field);
      result[key] = strategies.includes('replace') ? withoutDirectives(value) : this.mergeMap(current, value, type);
    } else if (Array.isArray(value) && Array.isArray(current) && strategies.includes('merge')) {
      result[key] = this.#mergeList(current, value, order, field);
    } else {
      result[key] = withoutDirectives(value);
    }
  }

  /** `$setElementOrder/x` without `x`: only the order changes. */
  #orderUntouched(result: Json, patch: Json, type: TypeSchema | undefined): void {
    for (const [directive, order] of Object.entries(patch)) {
      if (!directive.startsWith(SET_ORDER)) continue;
      const key = directive.slice(SET_ORDER.length);
      const current = result[key];
      if (key in patch || !Array.isArray(current) || !Array.isArray(order)) continue;
      result[key] = orderElements(current, order, current, type?.fields[key]?.patchMergeKey);
    }
  }

  #mergeList(original: readonly unknown[], patch: readonly unknown[], order: unknown, field: FieldSchema | undefined): unknown[] {
    const mergeKey = field?.patchMergeKey;
    const plain = patch.filter((item) => !isRecord(item) || item['$patch'] === undefined);
    if (Array.isArray(order)) checkOrder(plain, order, mergeKey);
    const merged = mergeKey && [...original, ...patch].some(isRecord) ? this.#mergeMaps(original, patch, mergeKey, field) : union(original, patch);
    return orderElements(merged, Array.isArray(order) ? order : plain, original, mergeKey);
  }

  #mergeMaps(original: readonly unknown[], patch: readonly unknown[], mergeKey: string, field: FieldSchema | undefined): unknown[] {
    const elementType = field?.items?.ref ? this.#schemas.get(field.items.ref) : undefined;
    if (patch.some((item) => isRecord(item) && item['$patch'] === 'replace')) {
      return patch.filter((item) => !(isRecord(item) && item['$patch'] === 'replace')).map(withoutDirectives);
    }
    const result = [...original];
    for (const item of patch) {
      if (!isRecord(item)) throw newUnknownError(`expected map in list, got ${goText(item)}`);
      const key = item[mergeKey];
      if (key === undefined) throw newUnknownError(`map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);
      const index = result.findIndex((candidate) => isRecord(candidate) && deepEqual(candidate[mergeKey], key));
      if (item['$patch'] === 'delete') {
        for (let i = result.length - 1; i >= 0; i--) if (isRecord(result[i]) && deepEqual((result[i] as Json)[mergeKey], key)) result.splice(i, 1);
      } else if (index >= 0) {
        result[index] = this.mergeMap(result[index] as Json, item, elementType);
      } else {
        result.push(withoutDirectives(item));
      }
    }
    return result;
  }
}

function union(original: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const result: unknown[] = [];
  for (const item of [...original, ...patch]) if (!result.some((seen) => deepEqual(seen, item))) result.push(item);
  return result;
}

/** A map of maps has a type for its values only. */
function mapType(field: FieldSchema | undefined): TypeSchema | undefined {
  if (field?.type !== 'map' || !field.items) return undefined;
  const values = field.items;
  return { name: '', required: [], fields: new Proxy({}, { get: () => values }) };
}

/** `$retainKeys`: what the patch does not name is dropped from the original. */
function retained(original: Json, patch: Json): Json {
  const keep = patch[RETAIN_KEYS];
  if (keep === undefined) return original;
  if (!Array.isArray(keep)) throw newBadRequest('invalid patch format of retainKeys');
  for (const key of Object.keys(patch)) {
    const isDirective = key.startsWith('$');
    if (!isDirective && patch[key] !== null && !keep.includes(key)) throw newBadRequest('invalid patch format of retainKeys');
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => keep.includes(key)));
}

/** The patch's items must all stand in the order list. */
function checkOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): void {
  const identity = (item: unknown): unknown => (mergeKey && isRecord(item) ? item[mergeKey] : item);
  let position = 0;
  for (const item of patch) {
    while (position < order.length && !deepEqual(identity(order[position]), identity(item))) position++;
    if (position++ < order.length) continue;
    throw newUnknownError(`The order in patch list:\n${goText(patch)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`);
  }
}

/** A part of the patch that becomes new content: nulls and directives do not. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .filter((item) => !(isRecord(item) && (item['$patch'] === 'delete' || item['$patch'] === 'replace')))
      .map(withoutDirectives);
  }
  if (!isRecord(value)) return clone(value);
  const result: Json = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === null || key === '$patch' || key === RETAIN_KEYS || key.startsWith(SET_ORDER) || key.startsWith(DELETE_PRIMITIVES)) continue;
    result[key] = withoutDirectives(item);
  }
  return result;
}

function omit(value: Json, key: string): Json {
  const { [key]: _, ...rest } = value;
  return rest;
}
