import type { CustomResourceDefinition, Version } from '../customresourcedefinition/types.ts';
import type { Json, JsonSchema } from './json-schema.ts';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const CONVENTIONS = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';
const API_VERSION = `APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: ${CONVENTIONS}#resources`;
const KIND = `Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: ${CONVENTIONS}#types-kinds`;

const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/**
 * What OpenAPI v3 says about a custom resource and its list.
 *
 * models apiextensions-apiserver/pkg/controller/openapi/builder: BuildOpenAPIV3
 */
export function openApiOf({ spec }: CustomResourceDefinition, version: Version, typeName: string, schema: JsonSchema): Record<string, Json> {
  const { kind, listKind } = spec.names;
  const gvk = (name: string): Json => ({ group: spec.group, kind: name, version: version.name });
  const item = {
    ...publishedSchema(schema, true),
    'x-kubernetes-group-version-kind': [gvk(kind)],
  };
  const list = {
    description: `${kind}List is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { description: API_VERSION, type: 'string' },
      items: { description: `List of ${spec.names.plural}. More info: ${CONVENTIONS}`, type: 'array', items: reference(typeName) },
      kind: { description: KIND, type: 'string' },
      metadata: { description: `Standard list metadata. More info: ${CONVENTIONS}#types-kinds`, allOf: [reference('io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta')] },
    },
    'x-kubernetes-group-version-kind': [gvk(listKind ?? `${kind}List`)],
  };
  return { [typeName]: item, [`${typeName}List`]: list };
}

/** Embedded resources and the root get the fields that every object has. */
function publishedSchema(schema: JsonSchema, isResource: boolean): Json {
  const published: Json = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') published[key] = mapValues(value as Record<string, JsonSchema>);
    else if (key === 'items' || key === 'not' || (key === 'additionalProperties' && typeof value === 'object')) published[key] = publishedSchema(value as JsonSchema, false);
    else if (key === 'allOf' || key === 'anyOf' || key === 'oneOf') published[key] = (value as JsonSchema[]).map((item) => publishedSchema(item, false));
    else published[key] = value;
  }
  if (isResource || schema['x-kubernetes-embedded-resource']) {
    published['properties'] = {
      ...published['properties'],
      apiVersion: { description: API_VERSION, type: 'string' },
      kind: { description: KIND, type: 'string' },
      metadata: { description: `Standard object's metadata. More info: ${CONVENTIONS}#metadata`, allOf: [reference(OBJECT_META)] },
    };
  }
  return published;
}

function mapValues(properties: Readonly<Record<string, JsonSchema>>): Json {
  return Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, schema]) => [name, publishedSchema(schema, false)]));
}
