import { parseQuantity } from '../../machinery/quantity.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { dns1123SubdomainProblems } from '../../machinery/names.ts';
import { forbidden, invalid, invalidName, notSupported } from './findings.ts';

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const VOLUME_MODES = ['Block', 'Filesystem'];
const SHORT_MODES = [['ReadWriteOnce', 'RWO'], ['ReadOnlyMany', 'ROX'], ['ReadWriteMany', 'RWX'], ['ReadWriteOncePod', 'RWOP']] as const;

/** The annotation that named the class before the field did. */
export const BETA_STORAGE_CLASS = 'volume.beta.kubernetes.io/storage-class';

/** `RWO,ROX`: models core/helper: GetAccessModesAsString */
export function accessModesText(modes: readonly string[] | undefined): string {
  return SHORT_MODES.filter(([mode]) => modes?.includes(mode)).map(([, short]) => short).join(',');
}

export function storageClassText(object: { readonly metadata?: { annotations?: Record<string, string> }; readonly spec?: { storageClassName?: string } }): string {
  return object.metadata?.annotations?.[BETA_STORAGE_CLASS] ?? object.spec?.storageClassName ?? '';
}

export function validateAccessModes(modes: readonly string[], field: string): FieldError[] {
  const findings = modes.filter((mode) => !ACCESS_MODES.includes(mode)).map((mode) => notSupported(field, mode, ACCESS_MODES));
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod')) findings.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'));
  return findings;
}

/** models ValidatePositiveQuantityValue */
export function validatePositiveQuantity(value: string, field: string): FieldError[] {
  const quantity = parseQuantity(value);
  return quantity.sign <= 0 ? [invalid(field, quantity.toString(), 'must be greater than zero')] : [];
}

export function validateClassName(name: string | undefined, field: string): FieldError[] {
  return name ? invalidName(field, name, dns1123SubdomainProblems(name)) : [];
}

export function validateVolumeMode(mode: string | undefined, field: string): FieldError[] {
  return mode === undefined || VOLUME_MODES.includes(mode) ? [] : [notSupported(field, mode, VOLUME_MODES)];
}

export function immutable(next: unknown, previous: unknown, field: string): FieldError[] {
  return JSON.stringify(next) === JSON.stringify(previous) ? [] : [invalid(field, next ?? null, 'field is immutable')];
}
