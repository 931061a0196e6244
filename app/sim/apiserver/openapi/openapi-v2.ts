import { createHash } from 'node:crypto';
import type { Json } from '../registry/registry.ts';
import { encodeDocument } from './gnostic.ts';
import type { OpenApiV3 } from './openapi-v3.ts';

const PREFIX = '#/components/schemas/';
/** Types that are one of several in version 3; version 2 can only say a string. */
const SCALARS: Readonly<Record<string, Json>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'string' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: 'string', format: 'int-or-string' },
};

interface Made {
  readonly json: Buffer;
  readonly protobuf: Buffer;
  readonly hash: string;
}

/**
 * /openapi/v2: one document for everything, made of those of version 3 when first asked for and again when they change.
 * kubectl validates with it what version 3 does not say enough about (reviews); it wants it in protobuf.
 */
export class OpenApiV2 {
  readonly #source: OpenApiV3;
  #of = '';
  #made: Made | undefined;

  constructor(source: OpenApiV3) {
    this.#source = source;
  }

  document(): Made {
    const index = JSON.stringify(this.#source.index());
    if (!this.#made || this.#of !== index) {
      const document = this.#build();
      const json = Buffer.from(JSON.stringify(document));
      this.#made = { json, protobuf: encodeDocument(document), hash: createHash('sha512').update(json).digest('hex').toUpperCase() };
      this.#of = index;
    }
    return this.#made;
  }

  #build(): Json {
    const definitions: Json = {};
    const paths: Json = {};
    for (const path of Object.keys(this.#source.index()['paths'] as Json)) {
      const document = JSON.parse(this.#source.document(path)!.bytes.toString('utf8')) as Json;
      for (const [name, schema] of Object.entries(document['components'].schemas as Json)) definitions[name] = merge(definitions[name], SCALARS[name] ? withAbout(SCALARS[name], schema) : schemaOf(schema));
      for (const [route, item] of Object.entries(document['paths'] as Json)) paths[route] = pathOf(item);
    }
    return { swagger: '2.0', info: { title: 'Kubernetes', version: '1.36' }, paths: sorted(paths), definitions: sorted(definitions) };
  }
}

function sorted(object: Json): Json {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The same type in several documents: each may know other kinds that it stands for. */
function merge(known: Json | undefined, next: Json): Json {
  const kinds = 'x-kubernetes-group-version-kind';
  if (!known?.[kinds]) return next;
  return { ...next, [kinds]: [...new Map([...(known[kinds] as Json[]), ...((next[kinds] as Json[] | undefined) ?? [])].map((kind) => [JSON.stringify(kind), kind])).values()] };
}

function withAbout(scalar: Json, { description }: Json): Json {
  return { ...(description ? { description } : {}), ...scalar };
}

/** A schema of version 3 as version 2 writes it. */
function schemaOf(schema: Json): Json {
  const { allOf, oneOf: _, properties, items, additionalProperties, nullable: __, default: preset, $ref, ...rest } = schema;
  const only = (allOf as Json[] | undefined)?.length === 1 ? (allOf as Json[])[0]!['$ref'] : undefined;
  const reference = ($ref ?? only) as string | undefined;
  return {
    ...rest,
    ...(reference ? { $ref: `#/definitions/${reference.slice(PREFIX.length)}` } : preset === undefined || typeof preset === 'object' ? {} : { default: preset }),
    ...(properties ? { properties: Object.fromEntries(Object.entries(properties as Json).map(([name, property]) => [name, schemaOf(property)])) } : {}),
    ...(items ? { items: schemaOf(items) } : {}),
    ...(additionalProperties && typeof additionalProperties === 'object' ? { additionalProperties: schemaOf(additionalProperties) } : {}),
  };
}

function pathOf(item: Json): Json {
  return Object.fromEntries(Object.entries(item).map(([method, operation]) => [method, operationOf(operation as Json)]));
}

function operationOf({ parameters, requestBody: _, ...operation }: Json): Json {
  const flat = ((parameters ?? []) as Json[]).map(({ schema, ...parameter }) => ({ ...parameter, ...(schema ? { type: schema.type, ...(schema.uniqueItems ? { uniqueItems: true } : {}) } : {}) }));
  return { ...operation, ...(flat.length > 0 ? { parameters: flat } : {}), responses: Object.fromEntries(Object.entries((operation['responses'] ?? {}) as Json).map(([code, response]) => [code, { description: (response as Json)['description'] ?? '' }])) };
}
