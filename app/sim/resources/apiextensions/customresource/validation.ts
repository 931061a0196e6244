import type { FieldError } from '../../../machinery/field-error.ts';
import { JsonPath } from '../../../machinery/json-path.ts';
import { invalid } from '../../shared/findings.ts';
import type { ScalePaths } from '../customresourcedefinition/types.ts';
import { validateEmbedded } from '../schema/embedded.ts';
import type { Json, JsonSchema } from '../schema/json-schema.ts';
import { validateListTypes } from '../schema/list-types.ts';
import { validateRules } from '../schema/rules.ts';
import { validateAgainstSchema } from '../schema/validate.ts';

/** Kinds of findings that make rules in CEL senseless. models customresource: hasBlockingErr */
const BLOCKING = new Set<FieldError['type']>(['NotSupported', 'Required', 'TooLong', 'TooMany', 'TypeInvalid']);

/** models customresource: customResourceStrategy.Validate and ValidateUpdate */
export function validateCustomResource(object: Readonly<Json>, previous: Readonly<Json> | undefined, schema: JsonSchema, scale: ScalePaths | undefined): FieldError[] {
  const findings = [
    ...validateAgainstSchema(object, schema, previous),
    ...(scale ? validateScale(object, scale) : []),
    ...validateEmbedded(object, schema),
  ];
  if (!previous || validateListTypes(previous, schema).length === 0) findings.push(...validateListTypes(object, schema));
  const rules = validateRules.bind(undefined, object, previous, schema);
  if (!findings.some(({ type }) => BLOCKING.has(type))) return [...findings, ...rules()];
  if (!hasRules(schema)) return findings;
  return [...findings, invalid('<nil>', null, 'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation')];
}

const known = new WeakMap<JsonSchema, boolean>();

/** Somewhere in the schema there is a rule in CEL. */
function hasRules(schema: JsonSchema): boolean {
  let found = known.get(schema);
  if (found === undefined) known.set(schema, (found = JSON.stringify(schema).includes('"x-kubernetes-validations":[{')));
  return found;
}

const shown = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

function goTypeOf(value: unknown): string {
  const names: Readonly<Record<string, string>> = { string: 'string', boolean: 'bool', number: 'float64' };
  return names[typeof value] ?? (Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}');
}

/** models customresource: ValidateScaleSpec and ValidateScaleStatus */
function validateScale(object: Readonly<Json>, { specReplicasPath, statusReplicasPath }: ScalePaths): FieldError[] {
  return [specReplicasPath, statusReplicasPath].flatMap((path) => {
    const [value] = new JsonPath(path).find(object);
    if (value === undefined || value === null) return [];
    if (typeof value !== 'number' || !Number.isInteger(value)) return [invalid(path, 0, `${path} accessor error: ${shown(value)} is of the type ${goTypeOf(value)}, expected int64`)];
    if (value < 0) return [invalid(path, value, 'should be a non-negative integer')];
    return value > 2 ** 31 - 1 ? [invalid(path, value, 'should be less than or equal to 2147483647')] : [];
  });
}
