import type { FieldError } from '../../../machinery/field-error.ts';
import { pathSegmentProblems } from '../../../machinery/names.ts';
import { isRecord } from '../../../machinery/objects.ts';
import { invalid, required } from '../../shared/findings.ts';
import { validateLabels } from '../../shared/validate-labels.ts';
import { propertyOf, valuesOf, type Json, type JsonSchema } from './json-schema.ts';

/** Whole objects inside a custom resource must look like objects. models apiserver/schema/objectmeta: Validate */
export function validateEmbedded(value: unknown, schema: JsonSchema | undefined, path = ''): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => validateEmbedded(item, schema.items, `${path}[${index}]`));
  if (!isRecord(value)) return [];
  const own = schema['x-kubernetes-embedded-resource'] ? validateObject(value, path) : [];
  const below = Object.entries(value).flatMap(([key, item]) => {
    const property = propertyOf(schema, key);
    const at = property ? (path === '' ? key : `${path}.${key}`) : `${path}[${key}]`;
    return validateEmbedded(item, property ?? valuesOf(schema), at);
  });
  return [...own, ...below];
}

function validateObject(object: Json, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const { apiVersion, kind, metadata } = object as { apiVersion?: unknown; kind?: unknown; metadata?: unknown };
  if (typeof apiVersion !== 'string' || apiVersion === '') findings.push(required(`${path}.apiVersion`, 'must not be empty'));
  else if (apiVersion.split('/').length > 2) findings.push(invalid(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  if (typeof kind !== 'string' || kind === '') findings.push(required(`${path}.kind`, 'must not be empty'));
  if (!isRecord(metadata)) return findings;
  if (typeof metadata['name'] === 'string') for (const problem of pathSegmentProblems(metadata['name'])) findings.push(invalid(`${path}.metadata.name`, metadata['name'], problem));
  if (isRecord(metadata['labels'])) findings.push(...validateLabels(metadata['labels'] as Record<string, string>, `${path}.metadata.labels`));
  return findings;
}
