import type { FieldError } from '../../machinery/field-error.ts';
import { invalid } from './findings.ts';

/** Addresses that no endpoint may have. models pkg/apis/core/validation: ValidateNonSpecialIP */
export function specialAddressFindings(address: string, field: string): FieldError[] {
  const findings: FieldError[] = [];
  if (address === '0.0.0.0' || address === '::') findings.push(invalid(field, address, 'may not be unspecified (0.0.0.0 or ::)'));
  if (address.startsWith('127.') || address === '::1') findings.push(invalid(field, address, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'));
  if (address.startsWith('169.254.') || /^fe[89ab][0-9a-f]:/i.test(address)) findings.push(invalid(field, address, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'));
  if (address.startsWith('224.0.0.') || /^ff02:/i.test(address)) findings.push(invalid(field, address, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'));
  return findings;
}
