import type { FieldError } from '../../machinery/field-error.ts';

/** Short makers of findings, as upstream's `field` package has them. */
export const required = (field: string, detail = ''): FieldError => ({ type: 'Required', field, detail });
export const invalid = (field: string, value: unknown, detail: string): FieldError => ({ type: 'Invalid', field, value, detail });
export const duplicate = (field: string, value: unknown): FieldError => ({ type: 'Duplicate', field, value, detail: '' });
export const forbidden = (field: string, detail: string): FieldError => ({ type: 'Forbidden', field, detail });
export const notFound = (field: string, value: unknown): FieldError => ({ type: 'NotFound', field, value, detail: '' });
export const tooLong = (field: string, limit: number): FieldError => ({ type: 'TooLong', field, detail: `may not be more than ${limit} bytes` });

/** `Unsupported value: "x": supported values: "A", "B"`, in the given order. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  return { type: 'NotSupported', field, value, detail: `supported values: ${supported.map((item) => JSON.stringify(item)).join(', ')}` };
}

/** One finding for each problem with a name. */
export function invalidName(field: string, value: string, problems: readonly string[]): FieldError[] {
  return problems.map((problem) => invalid(field, value, problem));
}

export function nonNegative(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : [];
}
