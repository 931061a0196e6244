import { newBadRequest } from './errors.ts';

export interface FieldTerm {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** `status.phase=Running,spec.nodeName!=worker-1`: all terms must hold. */
export interface FieldSelector {
  readonly terms: readonly FieldTerm[];
  readonly empty: boolean;
  /** @param get the field's value of an object; '' when it is not set. */
  matches(get: (field: string) => string): boolean;
  toString(): string;
}

/** models k8s.io/apimachinery/pkg/fields: ParseSelector. Throws a BadRequest StatusError. */
export function parseFieldSelector(text: string): FieldSelector {
  const terms = splitTerms(text).map((part) => parseTerm(part, text));
  return {
    terms,
    empty: terms.length === 0,
    matches: (get) => terms.every(({ field, operator, value }) => (get(field) === value) === (operator === '=')),
    toString: () => terms.map(({ field, operator, value }) => `${field}${operator}${value.replace(/[\\,=]/g, '\\$&')}`).join(','),
  };
}

/** Cuts at commas that are not escaped. */
function splitTerms(text: string): string[] {
  const parts = text.match(/(?:\\.|[^,\\])+/gs) ?? [];
  return parts.filter((part) => part !== '');
}

function parseTerm(part: string, whole: string): FieldTerm {
  const match = /^((?:\\.|[^=!\\])*)(!=|==|=)(.*)$/s.exec(part);
  if (!match) throw newBadRequest(`invalid selector: '${whole}'; can't understand '${part}'`);
  return { field: match[1]!, operator: match[2] === '!=' ? '!=' : '=', value: match[3]!.replace(/\\(.)/gs, '$1') };
}
