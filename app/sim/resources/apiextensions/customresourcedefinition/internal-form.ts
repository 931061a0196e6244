import type { JsonSchema, ValidationRule } from '../schema/json-schema.ts';
import type { Version } from './types.ts';

type Json = Record<string, unknown>;

/** Go's names of the fields of JSONSchemaProps, in order, with what an unset one holds. */
const SCHEMA_FIELDS: readonly (readonly [go: string, json: string, empty: unknown])[] = [
  ['ID', 'id', ''], ['Schema', '$schema', ''], ['Ref', '$ref', null], ['Description', 'description', ''], ['Type', 'type', ''], ['Nullable', 'nullable', false],
  ['Format', 'format', ''], ['Title', 'title', ''], ['Default', 'default', null], ['Maximum', 'maximum', null], ['ExclusiveMaximum', 'exclusiveMaximum', false],
  ['Minimum', 'minimum', null], ['ExclusiveMinimum', 'exclusiveMinimum', false], ['MaxLength', 'maxLength', null], ['MinLength', 'minLength', null],
  ['Pattern', 'pattern', ''], ['MaxItems', 'maxItems', null], ['MinItems', 'minItems', null], ['UniqueItems', 'uniqueItems', false], ['MultipleOf', 'multipleOf', null],
  ['Enum', 'enum', null], ['MaxProperties', 'maxProperties', null], ['MinProperties', 'minProperties', null], ['Required', 'required', null], ['Items', 'items', null],
  ['AllOf', 'allOf', null], ['OneOf', 'oneOf', null], ['AnyOf', 'anyOf', null], ['Not', 'not', null], ['Properties', 'properties', null],
  ['AdditionalProperties', 'additionalProperties', null], ['PatternProperties', 'patternProperties', null], ['Dependencies', 'dependencies', null],
  ['AdditionalItems', 'additionalItems', null], ['Definitions', 'definitions', null], ['ExternalDocs', 'externalDocs', null], ['Example', 'example', null],
  ['XPreserveUnknownFields', 'x-kubernetes-preserve-unknown-fields', null], ['XEmbeddedResource', 'x-kubernetes-embedded-resource', false],
  ['XIntOrString', 'x-kubernetes-int-or-string', false], ['XListMapKeys', 'x-kubernetes-list-map-keys', null], ['XListType', 'x-kubernetes-list-type', null],
  ['XMapType', 'x-kubernetes-map-type', null], ['XValidations', 'x-kubernetes-validations', null],
];

/** A schema as Go prints its internal struct in a refusal. */
export function internalSchema(schema: JsonSchema): Json {
  return Object.fromEntries(SCHEMA_FIELDS.map(([go, json, empty]) => [go, schema[json] === undefined ? empty : part(json, schema[json])]));
}

function part(name: string, value: any): unknown {
  switch (name) {
    case 'items':
      return { Schema: internalSchema(value), JSONSchemas: null };
    case 'additionalProperties':
      return typeof value === 'boolean' ? { Allows: value, Schema: null } : { Allows: true, Schema: internalSchema(value) };
    case 'not':
      return internalSchema(value);
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return (value as JsonSchema[]).map(internalSchema);
    case 'properties':
    case 'definitions':
    case 'patternProperties':
      return Object.fromEntries(Object.entries(value as Record<string, JsonSchema>).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, schema]) => [key, internalSchema(schema)]));
    case 'x-kubernetes-validations':
      return (value as ValidationRule[]).map(internalRule);
    default:
      return value;
  }
}

export function internalRule({ rule, message, messageExpression, reason, fieldPath, optionalOldSelf }: ValidationRule): Json {
  return { Rule: rule, Message: message ?? '', MessageExpression: messageExpression ?? '', Reason: reason ?? null, FieldPath: fieldPath ?? '', OptionalOldSelf: optionalOldSelf ?? null };
}

/** `spec.versions` in the same way; what all versions share was lifted out before. */
export function internalVersions(versions: readonly Version[]): Json[] {
  const shared = (name: keyof Version): boolean => versions.every((version) => JSON.stringify(version[name]) === JSON.stringify(versions[0]?.[name]));
  const own = (name: keyof Version, value: unknown): unknown => (shared(name) ? null : (value ?? null));
  return versions.map((version) => ({
    Name: version.name,
    Served: version.served ?? false,
    Storage: version.storage ?? false,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: own('schema', version.schema?.openAPIV3Schema && { OpenAPIV3Schema: internalSchema(version.schema.openAPIV3Schema) }),
    Subresources: own('subresources', version.subresources && { Status: version.subresources.status ?? null, Scale: version.subresources.scale ?? null }),
    AdditionalPrinterColumns: own('additionalPrinterColumns', version.additionalPrinterColumns?.map((column) => ({ Name: column.name, Type: column.type, Format: column.format ?? '', Description: column.description ?? '', Priority: column.priority ?? 0, JSONPath: column.jsonPath }))),
    SelectableFields: own('selectableFields', version.selectableFields?.map(({ jsonPath }) => ({ JSONPath: jsonPath }))),
  }));
}
