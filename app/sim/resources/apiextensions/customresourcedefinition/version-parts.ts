import type { FieldError } from '../../../machinery/field-error.ts';
import { JsonPath, JsonPathError } from '../../../machinery/json-path.ts';
import { invalid, notSupported, required } from '../../shared/findings.ts';
import { propertyOf, type JsonSchema } from '../schema/json-schema.ts';
import type { PrinterColumn, Version } from './types.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const MOST_SELECTABLE = 8;

/** models apiextensions/validation: validateSimpleJSONPath */
function validatePath(path: string, at: string): FieldError[] {
  if (path === '') return [invalid(at, path, 'must not be empty')];
  return path.startsWith('.') ? [] : [invalid(at, path, 'must be a simple json path starting with .')];
}

/** models apiextensions/validation: ValidateCustomResourceDefinitionSubresources */
export function validateSubresources(subresources: Version['subresources'], path: string): FieldError[] {
  const { scale } = subresources ?? {};
  if (!scale) return [];
  const under = (name: 'specReplicasPath' | 'statusReplicasPath' | 'labelSelectorPath', roots: readonly string[]): FieldError[] => {
    const value = scale[name];
    const at = `${path}.scale.${name}`;
    if (!value) return name === 'labelSelectorPath' ? [] : [required(at)];
    const findings = validatePath(value, at);
    if (findings.length > 0 || roots.some((root) => value.startsWith(`.${root}.`))) return findings;
    return [invalid(at, value, roots.length === 1 ? `should be a json path under .${roots[0]}` : 'should be a json path under either .spec or .status')];
  };
  return [...under('specReplicasPath', ['spec']), ...under('statusReplicasPath', ['status']), ...under('labelSelectorPath', ['spec', 'status'])];
}

/** models apiextensions/validation: ValidateCustomResourceColumnDefinition */
export function validateColumns(columns: readonly PrinterColumn[] | undefined, path: string): FieldError[] {
  return (columns ?? []).flatMap((column, index) => {
    const at = `${path}[${index}]`;
    const findings: FieldError[] = [];
    if (!column.name) findings.push(required(`${at}.name`));
    if (!column.type) findings.push(required(`${at}.type`, `must be one of ${COLUMN_TYPES.join(',')}`));
    else if (!COLUMN_TYPES.includes(column.type)) findings.push(notSupported(`${at}.type`, column.type, COLUMN_TYPES));
    if (column.format && !COLUMN_FORMATS.includes(column.format)) findings.push(notSupported(`${at}.format`, column.format, COLUMN_FORMATS));
    if (!column.jsonPath) return [...findings, required(`${at}.JSONPath`)];
    findings.push(...validatePath(column.jsonPath, `${at}.JSONPath`));
    try {
      new JsonPath(column.jsonPath);
    } catch (error) {
      if (!(error instanceof JsonPathError)) throw error;
      findings.push(invalid(`${at}.JSONPath`, column.jsonPath, error.message));
    }
    return findings;
  });
}

/** models apiextensions/validation: ValidateCustomResourceSelectableFields */
export function validateSelectableFields({ selectableFields = [], schema }: Version, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const seen = new Set<string>();
  if (selectableFields.length > MOST_SELECTABLE) findings.push({ type: 'TooMany', field: path, value: selectableFields.length, detail: `must have at most ${MOST_SELECTABLE} items` });
  for (const [index, { jsonPath }] of selectableFields.entries()) {
    const at = `${path}[${index}].jsonPath`;
    if (!jsonPath) {
      findings.push(required(at));
      continue;
    }
    const found = schemaAt(schema?.openAPIV3Schema, jsonPath);
    if (!jsonPath.startsWith('.') || /[[\]*]/.test(jsonPath)) findings.push(invalid(at, jsonPath, 'is an invalid path: must be a simple path starting with .'));
    else if (/^\.metadata(\.|$)/.test(jsonPath)) findings.push(invalid(at, jsonPath, 'must not point to fields in metadata'));
    else if (!found) findings.push(invalid(at, jsonPath, `is an invalid path: does not refer to a valid field`));
    else if (!['string', 'boolean', 'integer'].includes(found.type ?? '')) findings.push(invalid(at, jsonPath, 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'));
    if (seen.has(jsonPath)) findings.push({ type: 'Duplicate', field: at, value: jsonPath, detail: '' });
    seen.add(jsonPath);
  }
  return findings;
}

function schemaAt(schema: JsonSchema | undefined, path: string): JsonSchema | undefined {
  return path.split('.').slice(1).reduce<JsonSchema | undefined>((at, name) => propertyOf(at, name), schema);
}
