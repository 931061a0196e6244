import type { FieldError } from '../../machinery/field-error.ts';
import { invalid, nonNegative } from './findings.ts';

/** models pkg/apis/apps/validation: ValidatePositiveIntOrPercent */
export function validateIntOrPercent(field: string, value: number | string | undefined): FieldError[] {
  if (typeof value === 'number') return nonNegative(field, value);
  if (value !== undefined && !/^[0-9]+%$/.test(value)) return [invalid(field, value, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')")];
  return [];
}

/** models pkg/apis/apps/validation: IsNotMoreThan100Percent */
export function notMoreThanAll(field: string, value: number | string | undefined): FieldError[] {
  return typeof value === 'string' && /^[0-9]+%$/.test(value) && Number.parseInt(value, 10) > 100 ? [invalid(field, value, 'must not be greater than 100%')] : [];
}

/** The number before a percent sign, or the number itself. */
export function intOrPercentValue(value: number | string | undefined): number {
  return typeof value === 'string' ? Number.parseInt(value, 10) || 0 : (value ?? 0);
}
