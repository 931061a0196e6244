import { WireWriter } from '../protobuf/wire.ts';
import type { Json } from '../registry/registry.ts';

// An OpenAPI v2 document as a protobuf message of google/gnostic: openapiv2/OpenAPIv2.proto, the form in which kubectl
// reads it. The numbers are facts of that format.

type Encode = (value: any) => Buffer;

/** Message fields by JSON name: number and, for messages, how to write one. */
interface Fields {
  readonly [name: string]: readonly [tag: number, encode?: Encode];
}

/** @param extensions the field for `x-…` properties */
function message(value: Json, fields: Fields, extensions?: number): Buffer {
  const writer = new WireWriter();
  for (const [name, item] of Object.entries(value)) {
    const field = fields[name];
    if (!field) {
      if (extensions !== undefined && name.startsWith('x-')) writer.bytes(extensions, named(name, any(item)));
      continue;
    }
    const [tag, encode] = field;
    if (!encode) scalar(writer, tag, item);
    else if (Array.isArray(item)) for (const one of item) writer.bytes(tag, encode(one));
    else writer.bytes(tag, encode(item));
  }
  return writer.finish();
}

function scalar(writer: WireWriter, tag: number, value: unknown): void {
  if (Array.isArray(value)) for (const item of value) writer.string(tag, String(item));
  else if (typeof value === 'boolean') writer.varint(tag, value ? 1n : 0n);
  else if (typeof value === 'number') writer.double(tag, value);
  else writer.string(tag, String(value));
}

/** A value of any form: as YAML, of which JSON is a part. */
function any(value: unknown): Buffer {
  return new WireWriter().string(2, `${JSON.stringify(value)}\n`).finish();
}

function named(name: string, value: Buffer): Buffer {
  return new WireWriter().string(1, name).bytes(2, value).finish();
}

/** A map as a message of repeated (name, value) pairs. */
function map(tag: number, encode: Encode): Encode {
  return (value: Json) => {
    const writer = new WireWriter();
    for (const [name, item] of Object.entries(value)) writer.bytes(tag, named(name, encode(item)));
    return writer.finish();
  };
}

const type: Encode = (value) => new WireWriter().string(1, String(value)).finish();
const items: Encode = (value) => new WireWriter().bytes(1, schema(value)).finish();
const additional: Encode = (value) => (typeof value === 'boolean' ? new WireWriter().varint(2, value ? 1n : 0n).finish() : new WireWriter().bytes(1, schema(value)).finish());
const properties: Encode = (value) => map(1, schema)(value);

function schema(value: Json): Buffer {
  return message(value, SCHEMA, 31);
}

const SCHEMA: Fields = {
  $ref: [1], format: [2], title: [3], description: [4], default: [5, any], maximum: [7], minimum: [9], pattern: [13], uniqueItems: [16], required: [19], enum: [20, any],
  additionalProperties: [21, additional], type: [22, type], items: [23, items], allOf: [24, schema], properties: [25, properties],
};
const QUERY: Fields = { required: [1], in: [2], description: [3], name: [4], type: [6], uniqueItems: [20] };
const PATH: Fields = { required: [1], in: [2], description: [3], name: [4], type: [5], uniqueItems: [19] };

/** ParametersItem { Parameter { NonBodyParameter { query or path } } } */
const parameter: Encode = (value: Json) => {
  const isPath = value['in'] === 'path';
  const own = new WireWriter().bytes(isPath ? 4 : 3, message(value, isPath ? PATH : QUERY, isPath ? 22 : 23)).finish();
  return new WireWriter().bytes(1, new WireWriter().bytes(2, own).finish()).finish();
};
const response: Encode = (value: Json) => new WireWriter().bytes(1, message(value, { description: [1] }, 5)).finish();
const operation: Encode = (value: Json) => message(value, { tags: [1], summary: [2], description: [3], operationId: [5], produces: [6], consumes: [7], parameters: [8, parameter], responses: [9, map(1, response)] }, 13);
const pathItem: Encode = (value: Json) => message(value, { get: [2, operation], put: [3, operation], post: [4, operation], delete: [5, operation], options: [6, operation], head: [7, operation], patch: [8, operation] }, 10);

export function encodeDocument(document: Json): Buffer {
  return message(document, { swagger: [1], info: [2, (info: Json) => message(info, { title: [1], version: [2], description: [3] })], paths: [8, map(2, pathItem)], definitions: [9, map(1, schema)] });
}
