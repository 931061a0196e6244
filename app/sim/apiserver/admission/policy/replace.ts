import { DecodeError, decodeObject } from '../../../machinery/decode.ts';
import { newInternalError } from '../../../machinery/errors.ts';
import type { AdmissionAttributes, AdmissionContext } from '../../interfaces.ts';

type Json = Record<string, any>;

/** Puts another state into the object under admission, read and defaulted anew as its kind. */
export function replaceObject({ object, definition }: AdmissionAttributes, next: Json, { schemas }: AdmissionContext): void {
  let decoded: Json;
  try {
    decoded = definition.custom ? definition.custom.decode(next).object : decodeObject(next, definition.schema, schemas).object;
  } catch (error) {
    if (error instanceof DecodeError) throw newInternalError(error.message);
    throw error;
  }
  if (!definition.custom) definition.applyDefaults?.(decoded);
  const target = object as Json;
  // Who owns what was settled before, and is not the webhook's to say.
  const owners = target['metadata']?.managedFields;
  for (const key of Object.keys(target)) if (!(key in decoded) && key !== 'kind' && key !== 'apiVersion') delete target[key];
  const { metadata, kind: _, apiVersion: __, ...rest } = decoded;
  Object.assign(target, rest);
  // The registry holds the metadata object itself.
  const meta = (target['metadata'] ??= {});
  for (const key of Object.keys(meta)) if (!(key in (metadata ?? {}))) delete meta[key];
  Object.assign(meta, metadata, owners === undefined ? {} : { managedFields: owners });
}
