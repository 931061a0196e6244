import { clone, isRecord } from '../objects.ts';

/** RFC 7396: null removes, objects merge, everything else replaces. Returns a new document. */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return clone(patch);
  const result: Record<string, unknown> = isRecord(document) ? { ...document } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else Object.defineProperty(result, key, { value: applyMergePatch(result[key], value), enumerable: true, configurable: true, writable: true });
  }
  return result;
}
