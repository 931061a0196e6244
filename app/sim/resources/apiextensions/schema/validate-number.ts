import type { FieldError } from '../../../machinery/field-error.ts';
import type { JsonSchema } from './json-schema.ts';

/**
 * multipleOf, minimum, maximum. A whole number is compared with the whole part of a limit, as Go compares an int64: a
 * multipleOf of 0.5 becomes 0, and is refused.
 *
 * models k8s.io/kube-openapi/pkg/validation/validate: numberValidator and values.go
 */
export function validateNumber(value: number, schema: JsonSchema, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const refuse = (shown: unknown, detail: string): void => void findings.push({ type: 'Invalid', field: path, value: shown, detail });
  const isWhole = Number.isInteger(value);
  if (schema.type === 'integer' && !isWhole) findings.push({ type: 'Invalid', field: '<nil>', value: '', detail: `Checked value must be of type integer (default format) in ${path}` });
  const limit = (bound: number): number => (isWhole ? Math.trunc(bound) : bound);
  if (schema.multipleOf !== undefined) {
    const factor = limit(schema.multipleOf);
    if (factor <= 0) refuse(factor, `factor MultipleOf declared for ${path} must be positive: ${factor}`);
    else if (!isMultiple(value, factor)) refuse(value, `${path} in body should be a multiple of ${schema.multipleOf}`);
  }
  if (schema.minimum !== undefined) {
    const least = limit(schema.minimum);
    if (schema.exclusiveMinimum ? value <= least : value < least) refuse(value, `${path} in body should be greater than ${schema.exclusiveMinimum ? '' : 'or equal to '}${least}`);
  }
  if (schema.maximum !== undefined) {
    const most = limit(schema.maximum);
    if (schema.exclusiveMaximum ? value >= most : value > most) refuse(value, `${path} in body should be less than ${schema.exclusiveMaximum ? '' : 'or equal to '}${most}`);
  }
  return findings;
}

function isMultiple(value: number, factor: number): boolean {
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}
