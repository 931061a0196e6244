import { parseTime } from '../../../base/clock/index.ts';
import { MAGIC, messageName, messageTable } from './messages.ts';
import { WireWriter } from './wire.ts';

type Json = Record<string, any>;

/**
 * An object in Kubernetes' protobuf form, written from the same table that {@link decodeProtobuf} reads by. Fields that are
 * absent in JSON are absent here.
 */
export function encodeProtobuf(object: Readonly<Json>): Buffer {
  const name = messageName(object['apiVersion'] as string, object['kind'] as string);
  if (!name) throw new Error(`${String(object['apiVersion'])} ${String(object['kind'])} has no protobuf form`);
  return envelope(object['apiVersion'] as string, object['kind'] as string, encodeMessage(object, name));
}

/** `"k8s\0" · Unknown { 1: TypeMeta { 1: apiVersion, 2: kind }, 2: the message, 3: encoding, 4: type }` */
export function envelope(apiVersion: string, kind: string, message: Buffer): Buffer {
  const type = new WireWriter().string(1, apiVersion).string(2, kind).finish();
  return Buffer.concat([MAGIC, new WireWriter().bytes(1, type).bytes(2, message).string(3, '').string(4, '').finish()]);
}

/** The fields of a message, without its envelope. */
export function encodeMessage(object: Readonly<Json>, name: string): Buffer {
  const writer = new WireWriter();
  for (const [tag, [jsonName, type]] of Object.entries(messageTable()[name] ?? {})) {
    if (jsonName === 'inline') {
      const inner = encodeMessage(object, type.replace(/^\*/, ''));
      if (inner.length > 0) writer.bytes(Number(tag), inner);
      continue;
    }
    const item: unknown = object[jsonName];
    if (item !== undefined && item !== null) field(writer, Number(tag), item, type);
  }
  return writer.finish();
}

function field(writer: WireWriter, tag: number, item: any, type: string): void {
  if (type.startsWith('*')) {
    for (const one of item as unknown[]) value(writer, tag, one, type.slice(1));
  } else if (type.startsWith('map<')) {
    const valueType = type.slice(type.indexOf(',') + 1, -1);
    for (const [key, one] of Object.entries(item as Json)) {
      const entry = new WireWriter().string(1, key);
      value(entry, 2, one, valueType);
      writer.bytes(tag, entry.finish());
    }
  } else {
    value(writer, tag, item, type);
  }
}

function value(writer: WireWriter, tag: number, item: any, type: string): void {
  switch (type) {
    case 'string':
      return void writer.string(tag, String(item));
    case 'bytes':
      return void writer.bytes(tag, Buffer.from(String(item), 'base64'));
    case 'bool':
      return void writer.varint(tag, item ? 1n : 0n);
    case 'int32':
    case 'int64':
      return void writer.varint(tag, BigInt(item as number));
    case 'double':
      return void writer.double(tag, Number(item));
    default:
      return void writer.bytes(tag, wrapped(item, type));
  }
}

/** Messages that are scalars in JSON, and all others. */
function wrapped(item: any, type: string): Buffer {
  const writer = new WireWriter();
  switch (type.slice(type.lastIndexOf('.') + 1)) {
    case 'Quantity':
      return writer.string(1, String(item)).finish();
    case 'IntOrString':
      return typeof item === 'number' ? writer.varint(1, 0n).varint(2, BigInt(item)).string(3, '').finish() : writer.varint(1, 1n).varint(2, 0n).string(3, String(item)).finish();
    case 'Time':
      return writer.varint(1, BigInt(Math.floor(parseTime(String(item)) / 1000))).varint(2, 0n).finish();
    case 'MicroTime':
      return writer.varint(1, BigInt(Math.floor(parseTime(String(item)) / 1000))).varint(2, BigInt(/\.(\d+)/.exec(String(item))?.[1]?.padEnd(9, '0').slice(0, 9) ?? 0)).finish();
    case 'FieldsV1':
    case 'RawExtension':
    case 'JSON':
      return writer.string(1, JSON.stringify(item)).finish();
    case 'Verbs':
    case 'ExtraValue':
      for (const one of item as string[]) writer.string(1, one);
      return writer.finish();
    case 'JSONSchemaPropsOrArray':
      return encodeMessage(Array.isArray(item) ? { jSONSchemas: item } : { schema: item as Json }, type);
    case 'JSONSchemaPropsOrStringArray':
      return encodeMessage(Array.isArray(item) ? { property: item } : { schema: item as Json }, type);
    case 'JSONSchemaPropsOrBool':
      return encodeMessage(typeof item === 'boolean' ? { allows: item } : { allows: true, schema: item as Json }, type);
    default:
      return encodeMessage(item as Json, type);
  }
}
