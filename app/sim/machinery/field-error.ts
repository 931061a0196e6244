/** One finding of validation: becomes `spec.containers[0].image: Required value` and a cause of the Status. */
export interface FieldError {
  readonly type:
    | 'Required' | 'Invalid' | 'Duplicate' | 'Forbidden' | 'NotFound' | 'NotSupported' | 'TooLong' | 'TooMany' | 'TypeInvalid' | 'InternalError';
  /** `spec.containers[0].name` */
  readonly field: string;
  /** The refused value, printed as upstream prints it; absent for Required and Forbidden. */
  readonly value?: unknown;
  readonly detail: string;
}

const TEXTS: Readonly<Record<FieldError['type'], { readonly title: string; readonly reason: string; readonly showsValue: boolean }>> = {
  NotFound: { title: 'Not found', reason: 'FieldValueNotFound', showsValue: true },
  Required: { title: 'Required value', reason: 'FieldValueRequired', showsValue: false },
  Duplicate: { title: 'Duplicate value', reason: 'FieldValueDuplicate', showsValue: true },
  Invalid: { title: 'Invalid value', reason: 'FieldValueInvalid', showsValue: true },
  NotSupported: { title: 'Unsupported value', reason: 'FieldValueNotSupported', showsValue: true },
  Forbidden: { title: 'Forbidden', reason: 'FieldValueForbidden', showsValue: false },
  TooLong: { title: 'Too long', reason: 'FieldValueTooLong', showsValue: false },
  TooMany: { title: 'Too many', reason: 'FieldValueTooMany', showsValue: true },
  InternalError: { title: 'Internal error', reason: 'InternalError', showsValue: false },
  TypeInvalid: { title: 'Invalid value', reason: 'FieldValueTypeInvalid', showsValue: true },
};

/** `FieldValueRequired` and its like: the reason of a Status cause. */
export function fieldErrorReason(finding: FieldError): string {
  return TEXTS[finding.type].reason;
}

/**
 * `Invalid value: "x": must be …`: what follows the field's path.
 *
 * models k8s.io/apimachinery/pkg/util/validation/field: Error.ErrorBody. Strings are quoted as Go quotes them, everything
 * else that is not a scalar prints as JSON; a value that upstream prints in its internal Go form is passed as {@link Verbatim}.
 */
export function fieldErrorBody(finding: FieldError): string {
  const { title, showsValue } = TEXTS[finding.type];
  const value = showsValue && finding.value !== undefined ? `: ${valueText(finding.value)}` : '';
  return `${title}${value}${finding.detail === '' ? '' : `: ${finding.detail}`}`;
}

/** A value that prints as the given text, unquoted. */
export class Verbatim {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function valueText(value: unknown): string {
  if (value instanceof Verbatim) return value.text;
  if (typeof value === 'string') return goQuote(value);
  return goJson(value);
}

/** As Go's json.Marshal writes it: safe to stand in HTML. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '"': '\\"', '\\': '\\\\', '\u0007': '\\a', '\b': '\\b', '\f': '\\f', '\v': '\\v' };

/** A string as Go's %q prints it: printable Unicode stays, control characters are escaped. */
export function goQuote(text: string): string {
  return `"${text.replace(/["\\\p{Cc}]/gu, (character) => ESCAPES[character] ?? `\\x${character.codePointAt(0)!.toString(16).padStart(2, '0')}`)}"`;
}
