import { listMetadata, shownObject, type Answer, type ListAnswer } from '../handlers/answer.ts';
import { encodeMessage, encodeProtobuf, envelope } from '../protobuf/encode.ts';
import { messageName } from '../protobuf/messages.ts';
import { WireWriter } from '../protobuf/wire.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { StoredObject } from '../registry/stored-object.ts';
import { partialMetadata } from '../tables/table.ts';
import type { CacheEvent } from '../watch-cache/watcher.ts';
import type { Form } from './content-negotiation.ts';

type BodyAnswer = Exclude<Answer, { type: 'watch' | 'text' | 'stream' | 'connect' }>;

const LIST_META = 'k8s.io.apimachinery.pkg.apis.meta.v1.ListMeta';
const apiVersionOf = ({ group, version }: ResourceDefinition): string => (group ? `${group}/${version}` : version);

/** Built-in kinds have a protobuf form; custom resources have none. */
export function hasProtobuf(answer: Answer): boolean {
  if (answer.type === 'object') return messageName(String(answer.object['apiVersion']), String(answer.object['kind'])) !== undefined;
  if (!('definition' in answer)) return false;
  return messageName(apiVersionOf(answer.definition), answer.definition.kind) !== undefined;
}

/** Messages of stored objects, made once as their JSON is. */
const known = new WeakMap<StoredObject, Map<string, Buffer>>();

function messageOf(value: StoredObject, definition: ResourceDefinition, as: Form['as']): Buffer {
  const name = as ? 'k8s.io.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata' : messageName(apiVersionOf(definition), definition.kind)!;
  const forms = known.get(value) ?? new Map<string, Buffer>();
  let bytes = forms.get(name);
  if (!bytes) {
    bytes = encodeMessage(as ? partialMetadata(value) : shownObject(value, definition), name);
    forms.set(name, bytes);
    known.set(value, forms);
  }
  return bytes;
}

export function encodeProtobufAnswer(answer: BodyAnswer, as: Form['as']): Buffer {
  if (answer.type === 'object') return encodeProtobuf(answer.object);
  if (answer.type === 'list') return encodeList(answer, as);
  return encodeStored(answer.value, answer.definition, as);
}

function encodeStored(value: StoredObject, definition: ResourceDefinition, as: Form['as']): Buffer {
  const message = messageOf(value, definition, as);
  return as ? envelope('meta.k8s.io/v1', 'PartialObjectMetadata', message) : envelope(apiVersionOf(definition), definition.kind, message);
}

function encodeList(answer: ListAnswer, as: Form['as']): Buffer {
  const writer = new WireWriter().bytes(1, encodeMessage(listMetadata(answer), LIST_META));
  for (const value of answer.values) writer.bytes(2, messageOf(value, answer.definition, as));
  return as ? envelope('meta.k8s.io/v1', 'PartialObjectMetadataList', writer.finish()) : envelope(apiVersionOf(answer.definition), `${answer.definition.kind}List`, writer.finish());
}

export function encodeWatchFrame({ type, value }: CacheEvent, definition: ResourceDefinition, as: Form['as']): Buffer {
  return watchFrame(type, encodeStored(value, definition, as));
}

/** A frame of a watch: its length in four bytes, then `WatchEvent { 1: type, 2: RawExtension { 1: the object } }`. */
export function watchFrame(type: string, bytes: Buffer): Buffer {
  const object = new WireWriter().bytes(1, bytes).finish();
  const event = new WireWriter().string(1, type).bytes(2, object).finish();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}
