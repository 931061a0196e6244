import type { FieldError } from '../../machinery/field-error.ts';
import { invalid } from './findings.ts';

export const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** models apimachinery validation: IsValidPortNum */
export function portFindings(field: string, port: number): FieldError[] {
  return port >= 1 && port <= 65_535 ? [] : [invalid(field, port, 'must be between 1 and 65535, inclusive')];
}
