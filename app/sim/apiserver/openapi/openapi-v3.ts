import { createHash } from 'node:crypto';
import type { FieldSchema, TypeSchema } from '../../machinery/schema.ts';
import { readDataFile } from '../../resources/data.ts';
import type { BuiltInSchemas } from '../../resources/schemas/index.ts';
import type { Json } from '../registry/registry.ts';
import type { ServedResources } from '../registry/served-resources.ts';
import { pathsOf } from './paths.ts';

const PREFIX = '#/components/schemas/';
const SCALARS: Readonly<Record<string, string>> = {
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'int-or-string': 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  time: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
  'micro-time': 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
};
const SCALAR_SCHEMAS: Readonly<Record<string, Json>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { oneOf: [{ type: 'string' }, { type: 'number' }] },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { type: 'string', format: 'date-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { type: 'string', format: 'date-time' },
};

/** The OpenAPI v3 documents, one a group-version, made when first asked for and kept as bytes. */
export class OpenApiV3 {
  readonly #served: ServedResources;
  readonly #schemas: BuiltInSchemas;
  readonly #kinds = new Map<string, Json>();
  readonly #documents = new Map<string, { bytes: Buffer; hash: string }>();
  #revision = 0;

  constructor(served: ServedResources, schemas: BuiltInSchemas) {
    this.#served = served;
    this.#schemas = schemas;
  }

  /** /openapi/v3: where each document is, with the hash that makes it immutable. */
  index(): Json {
    const paths: Json = {};
    for (const path of this.#groupVersions()) paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${this.document(path)!.hash}` };
    return { paths };
  }

  /** @param path `api/v1`, `apis/apps/v1` */
  document(path: string): { bytes: Buffer; hash: string } | undefined {
    this.#forgetCustom();
    const known = this.#documents.get(path);
    if (known || !this.#groupVersions().includes(path)) return known;
    const bytes = Buffer.from(JSON.stringify(this.#build(path)));
    const made = { bytes, hash: createHash('sha512').update(bytes).digest('hex').toUpperCase() };
    this.#documents.set(path, made);
    return made;
  }

  /** Custom resources came or went: their documents are made anew; those of built-in kinds stay. */
  #forgetCustom(): void {
    if (this.#revision === this.#served.revision) return;
    this.#revision = this.#served.revision;
    for (const path of this.#documents.keys()) {
      const [, group = '', version = ''] = path.split('/');
      if (path !== 'api/v1' && !this.#served.isBuiltIn(group, version)) this.#documents.delete(path);
    }
  }

  #groupVersions(): string[] {
    return [...new Set(this.#served.definitions.map(({ group, version }) => (group ? `apis/${group}/${version}` : `api/${version}`)))].sort();
  }

  #build(path: string): Json {
    const definitions = this.#served.definitions.filter(({ group, version }) => path === (group ? `apis/${group}/${version}` : `api/${version}`));
    const schemas: Json = {};
    const paths: Json = {};
    for (const definition of definitions) {
      if (definition.custom) this.#collectCustom(definition.custom.openapi(), schemas);
      else this.#collect(definition.schema, schemas);
      if (!definition.custom) this.#collect(`${definition.schema}List`, schemas);
      if (definition.subresources?.scale) this.#collect('io.k8s.api.autoscaling.v1.Scale', schemas);
      Object.assign(paths, pathsOf(`/${path}`, definition));
    }
    this.#collect('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions', schemas);
    return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.36.2' }, paths, components: { schemas } };
  }

  #collectCustom(documents: Readonly<Record<string, Json>>, into: Json): void {
    Object.assign(into, documents);
    for (const name of ['ObjectMeta', 'ListMeta']) this.#collect(`io.k8s.apimachinery.pkg.apis.meta.v1.${name}`, into);
  }

  #collect(name: string, into: Json): void {
    if (into[name]) return;
    const scalar = SCALAR_SCHEMAS[name];
    if (scalar) {
      into[name] = { ...scalar, description: this.#schemas.describeType(name) };
      return;
    }
    const type = this.#schemas.get(name);
    if (!type) {
      into[name] = { type: 'object' };
      return;
    }
    into[name] = {};
    const properties: Json = {};
    for (const [field, schema] of Object.entries(type.fields).sort(([a], [b]) => (a < b ? -1 : 1))) {
      properties[field] = this.#published(name, field, schema, into);
    }
    const kind = this.#kindOf(name);
    into[name] = { ...typeDocument(type, this.#schemas.describeType(name), properties), ...(kind ? { 'x-kubernetes-group-version-kind': [kind] } : {}) };
  }

  /** The kind that a type is, or that a list holds; nothing for parts of kinds. */
  #kindOf(name: string): Json | undefined {
    if (this.#kinds.size === 0) {
      for (const { schema, group, version, kind } of this.#served.definitions.filter(({ custom }) => !custom)) {
        this.#kinds.set(schema, { group, kind, version });
        this.#kinds.set(`${schema}List`, { group, kind: `${kind}List`, version });
      }
      this.#kinds.set('io.k8s.api.autoscaling.v1.Scale', { group: 'autoscaling', kind: 'Scale', version: 'v1' });
    }
    return this.#kinds.get(name);
  }

  /** With the defaults and enums that the published documents have and Go's types lack. */
  #published(type: string, name: string, field: FieldSchema, into: Json): Json {
    const { zero, default: defaults, items, enum: enums } = publishedOf(type);
    const values = enums?.[name];
    const property = this.#property(field, withEnum(this.#schemas.describeField(type, name), field.type === 'array' || field.type === 'map' ? undefined : values), into);
    const element = (property['items'] ?? property['additionalProperties']) as Json | undefined;
    if (zero?.includes(name)) property['default'] = zeroOf(property);
    else if (defaults && name in defaults) property['default'] = defaults[name];
    if (element && items?.includes(name)) {
      const ref = element['$ref'] as string | undefined;
      if (ref) {
        delete element['$ref'];
        Object.assign(element, { allOf: [{ $ref: ref }] });
      }
      element['default'] = zeroOf(element);
    }
    if (values) (element ?? property)['enum'] = Object.keys(values);
    return property;
  }

  #property(field: FieldSchema, description: string, into: Json): Json {
    const about = description ? { description } : {};
    const markers = {
      ...(field.listType ? { 'x-kubernetes-list-type': field.listType } : {}),
      ...(field.listMapKeys ? { 'x-kubernetes-list-map-keys': field.listMapKeys } : {}),
      ...(field.mapType ? { 'x-kubernetes-map-type': field.mapType } : {}),
      ...(field.patchStrategy ? { 'x-kubernetes-patch-strategy': field.patchStrategy } : {}),
      ...(field.patchMergeKey ? { 'x-kubernetes-patch-merge-key': field.patchMergeKey } : {}),
    };
    const target = field.type === 'ref' ? field.ref : SCALARS[field.type];
    if (target) {
      this.#collect(target, into);
      return description || Object.keys(markers).length > 0 ? { ...about, allOf: [{ $ref: PREFIX + target }], ...markers } : { $ref: PREFIX + target };
    }
    switch (field.type) {
      case 'array':
        return { ...about, type: 'array', items: this.#property(field.items ?? { type: 'any' }, '', into), ...markers };
      case 'map':
        return { ...about, type: 'object', additionalProperties: this.#property(field.items ?? { type: 'any' }, '', into), ...markers };
      case 'any':
        return { ...about, type: 'object' };
      case 'bytes':
        return { ...about, type: 'string', format: 'byte' };
      default:
        return { ...about, type: field.type, ...(field.format ? { format: field.format } : {}) };
    }
  }
}

interface Published {
  /** Fields whose default is the zero of their type. */
  readonly zero?: readonly string[];
  readonly default?: Readonly<Record<string, unknown>>;
  /** Lists and maps whose elements have one. */
  readonly items?: readonly string[];
  /** Field → value → what the value means. */
  readonly enum?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

let published: Readonly<Record<string, Published>> | undefined;

function publishedOf(type: string): Published {
  published ??= JSON.parse(readDataFile('schemas/openapi.json')) as Record<string, Published>;
  return published[type] ?? {};
}

function zeroOf({ type, allOf }: Json): unknown {
  if (allOf) return {};
  return type === 'string' ? '' : type === 'boolean' ? false : 0;
}

function withEnum(description: string, values: Readonly<Record<string, string>> | undefined): string {
  if (!values) return description;
  const lines = Object.entries(values).map(([value, text]) => ` - \`${JSON.stringify(value)}\`${text ? ` ${text}` : ''}`);
  return `${description ? `${description}\n\n` : ''}Possible enum values:\n${lines.join('\n')}`;
}

function typeDocument(type: TypeSchema, description: string, properties: Json): Json {
  return {
    ...(description ? { description } : {}),
    type: 'object',
    ...(type.required.length > 0 ? { required: Object.keys(type.fields).filter((field) => type.required.includes(field)) } : {}),
    properties,
    ...(type.mapType ? { 'x-kubernetes-map-type': type.mapType } : {}),
  };
}
