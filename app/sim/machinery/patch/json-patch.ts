import { newRequestEntityTooLarge } from '../errors.ts';
import { clone, deepEqual, isRecord } from '../objects.ts';
import { StatusError } from '../status.ts';

/**
 * RFC 6902, with the habits of the library that the API server uses (evanphx/json-patch, as vendored): `replace` of a
 * missing map key adds it, a path without its leading slash works, a missing `value` is null.
 */
export interface JsonPatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

const MAX_OPERATIONS = 10_000;

/** Returns a new document. Throws a 422 StatusError when an operation fails, whatever the failure, as upstream does. */
export function applyJsonPatch(document: unknown, operations: readonly JsonPatchOperation[]): unknown {
  if (operations.length > MAX_OPERATIONS) {
    throw newRequestEntityTooLarge(`The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`);
  }
  const holder = { root: clone(document) };
  for (const operation of operations) applyOne(holder, operation);
  return holder.root;
}

interface Holder {
  root: unknown;
}

function applyOne(holder: Holder, operation: JsonPatchOperation): void {
  const path = tokens(operation.path);
  switch (operation.op) {
    case 'add':
      return add(holder, path, clone(operation.value ?? null));
    case 'replace':
      return replace(holder, path, clone(operation.value ?? null));
    case 'remove':
      return void remove(holder, path);
    case 'move':
      return add(holder, path, remove(holder, tokens(operation.from)));
    case 'copy':
      return add(holder, path, clone(read(holder, tokens(operation.from))));
    case 'test':
      if (!deepEqual(readOrNull(holder, path), operation.value ?? null)) throw failed();
      return;
    default:
      throw failed();
  }
}

function tokens(pointer: string | undefined): string[] {
  if (typeof pointer !== 'string') throw failed();
  if (pointer === '') return [];
  const parts = pointer.startsWith('/') ? pointer.slice(1).split('/') : pointer.split('/').slice(pointer.includes('/') ? 1 : 0);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function parentOf(holder: Holder, path: readonly string[]): { parent: Record<string, unknown> | unknown[]; last: string } {
  const parent = read(holder, path.slice(0, -1));
  if (!isRecord(parent) && !Array.isArray(parent)) throw failed();
  return { parent, last: path[path.length - 1]! };
}

function read(holder: Holder, path: readonly string[]): unknown {
  let current = holder.root;
  for (const token of path) {
    if (Array.isArray(current)) current = current[indexIn(token, current.length - 1, current.length)];
    else if (isRecord(current) && Object.hasOwn(current, token)) current = current[token];
    else throw failed();
  }
  return current;
}

/** `test` of a missing path compares with null. */
function readOrNull(holder: Holder, path: readonly string[]): unknown {
  try {
    return read(holder, path);
  } catch (error) {
    if (error instanceof StatusError) return null;
    throw error;
  }
}

function indexIn(token: string, highest: number, length: number): number {
  if (!/^-?\d+$/.test(token)) throw failed();
  const index = Number(token);
  const resolved = index < 0 ? length + index : index;
  if (resolved < 0 || resolved > highest) throw failed();
  return resolved;
}

function add(holder: Holder, path: readonly string[], value: unknown): void {
  if (path.length === 0) {
    holder.root = value;
    return;
  }
  const { parent, last } = parentOf(holder, path);
  if (Array.isArray(parent)) parent.splice(last === '-' ? parent.length : indexIn(last, parent.length, parent.length), 0, value);
  else define(parent, last, value);
}

function replace(holder: Holder, path: readonly string[], value: unknown): void {
  if (path.length === 0) {
    holder.root = value;
    return;
  }
  const { parent, last } = parentOf(holder, path);
  if (Array.isArray(parent)) parent[indexIn(last, parent.length - 1, parent.length)] = value;
  else define(parent, last, value);
}

function remove(holder: Holder, path: readonly string[]): unknown {
  if (path.length === 0) throw failed();
  const { parent, last } = parentOf(holder, path);
  if (Array.isArray(parent)) return parent.splice(indexIn(last, parent.length - 1, parent.length), 1)[0];
  if (!Object.hasOwn(parent, last)) throw failed();
  const removed = parent[last];
  delete parent[last];
  return removed;
}

/** A plain assignment to `__proto__` would set the prototype instead of a field. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function failed(): StatusError {
  return new StatusError({ message: 'the server rejected our request due to an error in our request', reason: 'Invalid', details: {}, code: 422 });
}
