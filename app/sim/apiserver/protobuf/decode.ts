import { rfc3339 } from '../../../base/clock/index.ts';
import { newBadRequest } from '../../machinery/errors.ts';
import type { Schemas } from '../../machinery/schema.ts';
import { UnreadableBody } from '../handlers/parse.ts';
import { MAGIC, messageName, messageTable } from './messages.ts';
import { WireReader } from './wire.ts';

type Json = Record<string, any>;
/**
 * A body in Kubernetes' protobuf form as the JSON object that it stands for. kubectl's create generators send these.
 *
 * ```
 *   "k8s\0" · Unknown { 1: TypeMeta { 1: apiVersion, 2: kind }, 2: the message's bytes }
 * ```
 *
 * The table of field numbers (`app/sim/resources/protobuf.json`) holds facts of the wire format.
 */
export function decodeProtobuf(bytes: Buffer, _schemas: Schemas): Json {
  if (!bytes.subarray(0, 4).equals(MAGIC)) throw new UnreadableBody('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]', bytes);
  const envelope = new WireReader(bytes.subarray(4));
  let apiVersion = '';
  let kind = '';
  let raw: Buffer = Buffer.alloc(0);
  for (let field = envelope.next(); field; field = envelope.next()) {
    if (field.tag === 1) {
      const meta = new WireReader(field.bytes);
      for (let item = meta.next(); item; item = meta.next()) {
        if (item.tag === 1) apiVersion = item.bytes.toString();
        if (item.tag === 2) kind = item.bytes.toString();
      }
    } else if (field.tag === 2) raw = field.bytes;
  }
  const name = messageName(apiVersion, kind);
  if (!name) throw newBadRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`);
  return { kind, apiVersion, ...message(raw, name) };
}

function message(bytes: Buffer, name: string): Json {
  const fields = messageTable()[name] ?? {};
  const result: Json = {};
  const reader = new WireReader(bytes);
  for (let field = reader.next(); field; field = reader.next()) {
    const known = fields[field.tag];
    if (!known) continue;
    const [jsonName, type] = known;
    if (jsonName === 'inline') Object.assign(result, message(field.bytes, type.replace(/^\*/, '')));
    else if (type.startsWith('*')) (result[jsonName] ??= []).push(value(field, type.slice(1)));
    else if (type.startsWith('map<')) Object.assign((result[jsonName] ??= {}), mapEntry(field.bytes, type));
    else result[jsonName] = value(field, type);
  }
  return result;
}

type Field = NonNullable<ReturnType<WireReader['next']>>;

function mapEntry(bytes: Buffer, type: string): Json {
  const valueType = type.slice(type.indexOf(',') + 1, -1);
  const reader = new WireReader(bytes);
  let key = '';
  let item: unknown = valueType === 'string' ? '' : undefined;
  for (let field = reader.next(); field; field = reader.next()) {
    if (field.tag === 1) key = field.bytes.toString();
    else item = value(field, valueType);
  }
  return { [key]: item ?? (valueType.endsWith('Quantity') ? '0' : '') };
}

function value(field: Field, type: string): unknown {
  switch (type) {
    case 'string':
      return field.bytes.toString('utf8');
    case 'bytes':
      return field.bytes.toString('base64');
    case 'bool':
      return field.number !== 0n;
    case 'int32':
    case 'int64':
      return Number(BigInt.asIntN(64, field.number));
    case 'double':
      return field.bytes.readDoubleLE(0);
    default:
      return wrapped(field.bytes, type);
  }
}

/** Messages that are scalars in JSON, and all others. */
function wrapped(bytes: Buffer, type: string): unknown {
  const short = type.slice(type.lastIndexOf('.') + 1);
  const parts = new Map<number, Field>();
  const read = (): void => {
    const reader = new WireReader(bytes);
    for (let field = reader.next(); field; field = reader.next()) parts.set(field.tag, field);
  };
  switch (short) {
    case 'Quantity':
      read();
      return parts.get(1)?.bytes.toString() ?? '0';
    case 'IntOrString':
      read();
      return parts.get(1)?.number === 1n ? (parts.get(3)?.bytes.toString() ?? '') : Number(BigInt.asIntN(64, parts.get(2)?.number ?? 0n));
    case 'Time':
    case 'MicroTime': {
      read();
      const milliseconds = Number(BigInt.asIntN(64, parts.get(1)?.number ?? 0n)) * 1000;
      if (parts.size === 0) return undefined;
      const text = rfc3339(milliseconds);
      return short === 'Time' ? text : `${text.slice(0, -1)}.${String(parts.get(2)?.number ?? 0n).padStart(9, '0').slice(0, 6)}Z`;
    }
    case 'FieldsV1':
    case 'RawExtension':
    case 'JSON':
      read();
      return JSON.parse(parts.get(1)?.bytes.toString() || 'null') as unknown;
    case 'Verbs':
    case 'ExtraValue': {
      const items: string[] = [];
      const reader = new WireReader(bytes);
      for (let field = reader.next(); field; field = reader.next()) items.push(field.bytes.toString());
      return items;
    }
    case 'JSONSchemaPropsOrArray':
    case 'JSONSchemaPropsOrStringArray': {
      const one = message(bytes, type);
      return one['jSONSchemas'] ?? one['property'] ?? one['schema'];
    }
    case 'JSONSchemaPropsOrBool': {
      const one = message(bytes, type);
      return one['schema'] ?? one['allows'] ?? false;
    }
    default:
      return message(bytes, type);
  }
}
