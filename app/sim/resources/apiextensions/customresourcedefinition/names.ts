import type { FieldError } from '../../../machinery/field-error.ts';
import { dns1035LabelProblems } from '../../../machinery/names.ts';
import { invalid } from '../../shared/findings.ts';
import type { Names } from './types.ts';

/** models apiextensions/validation: ValidateCustomResourceDefinitionNames */
export function validateNames(names: Names, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const label = (at: string, value: string | undefined, shown: string | undefined, prefix = ''): void => {
    const problems = value ? dns1035LabelProblems(value) : [];
    if (problems.length > 0) findings.push(invalid(`${path}.${at}`, shown, prefix + problems.join(',')));
  };
  const mixed = 'may have mixed case, but should otherwise match: ';
  label('plural', names.plural, names.plural);
  label('singular', names.singular, names.singular);
  label('kind', names.kind?.toLowerCase(), names.kind, mixed);
  label('listKind', names.listKind?.toLowerCase(), names.listKind, mixed);
  for (const [index, name] of (names.shortNames ?? []).entries()) label(`shortNames[${index}]`, name, name);
  if (names.kind && names.kind === names.listKind) findings.push(invalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same'));
  for (const [index, name] of (names.categories ?? []).entries()) label(`categories[${index}]`, name, name);
  return findings;
}
