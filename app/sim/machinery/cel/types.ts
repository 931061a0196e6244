/** A type of the Common Expression Language, as far as checking needs it. */
export type CelType =
  | { readonly kind: 'dyn' | 'bool' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'null' | 'timestamp' | 'duration' | 'type' | 'any' }
  | { readonly kind: 'list'; readonly of: CelType }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  | { readonly kind: 'optional'; readonly of: CelType }
  | { readonly kind: 'opaque'; readonly name: string }
  | { readonly kind: 'param'; readonly name: string }
  | ObjectType;

/** A struct whose fields are known. Fields may be found late: schemas refer to themselves. */
export interface ObjectType {
  readonly kind: 'object';
  readonly name: string;
  field(name: string): CelType | undefined;
}

const simple = (kind: 'dyn' | 'bool' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'null' | 'timestamp' | 'duration' | 'type' | 'any'): CelType => ({ kind });
export const DYN = simple('dyn');
export const BOOL = simple('bool');
export const INT = simple('int');
export const UINT = simple('uint');
export const DOUBLE = simple('double');
export const STRING = simple('string');
export const BYTES = simple('bytes');
export const NULL = simple('null');
export const TIMESTAMP = simple('timestamp');
export const DURATION = simple('duration');
export const listOf = (of: CelType): CelType => ({ kind: 'list', of });
export const mapOf = (key: CelType, value: CelType): CelType => ({ kind: 'map', key, value });
export const opaque = (name: string): CelType => ({ kind: 'opaque', name });

/** An object type from a plain table of fields. */
export function objectType(name: string, fields: Readonly<Record<string, CelType>>): ObjectType {
  return { kind: 'object', name, field: (field) => (Object.hasOwn(fields, field) ? fields[field] : undefined) };
}

/** As cel-go prints it: `list(string)`, `map(string, int)`. */
export function typeText(type: CelType): string {
  switch (type.kind) {
    case 'list':
      return `list(${typeText(type.of)})`;
    case 'map':
      return `map(${typeText(type.key)}, ${typeText(type.value)})`;
    case 'optional':
      return `optional_type(${typeText(type.of)})`;
    case 'object':
    case 'opaque':
    case 'param':
      return type.name;
    default:
      return type.kind;
  }
}

export type Bindings = Map<string, CelType>;

/** What the parameters of a signature stand for by now. */
export function substitute(type: CelType, bindings: Bindings): CelType {
  switch (type.kind) {
    case 'param':
      return bindings.get(type.name) ?? DYN;
    case 'list':
      return listOf(substitute(type.of, bindings));
    case 'map':
      return mapOf(substitute(type.key, bindings), substitute(type.value, bindings));
    case 'optional':
      return { kind: 'optional', of: substitute(type.of, bindings) };
    default:
      return type;
  }
}

/** Whether a value of one type may stand where another is wanted; binds parameters on the way. models cel-go/checker: isAssignable */
export function isAssignable(wanted: CelType, given: CelType, bindings: Bindings): boolean {
  if (wanted.kind === 'param') {
    const bound = bindings.get(wanted.name);
    if (!bound || bound.kind === 'dyn') {
      bindings.set(wanted.name, given);
      return true;
    }
    return isAssignable(bound, given, bindings);
  }
  if (wanted.kind === 'dyn' || given.kind === 'dyn' || wanted.kind === 'any' || given.kind === 'any') return true;
  if (given.kind === 'null') return wanted.kind === 'null' || ['object', 'timestamp', 'duration', 'opaque', 'optional'].includes(wanted.kind);
  if (wanted.kind === 'null') return ['object', 'timestamp', 'duration', 'opaque', 'optional'].includes(given.kind);
  if (wanted.kind !== given.kind) return false;
  switch (wanted.kind) {
    case 'list':
      return isAssignable(wanted.of, (given as typeof wanted).of, bindings);
    case 'map':
      return isAssignable(wanted.key, (given as typeof wanted).key, bindings) && isAssignable(wanted.value, (given as typeof wanted).value, bindings);
    case 'optional':
      return isAssignable(wanted.of, (given as typeof wanted).of, bindings);
    case 'object':
    case 'opaque':
      return wanted.name === (given as typeof wanted).name;
    default:
      return true;
  }
}

/** One type for values of both: themselves when equal, else dyn. */
export function joinTypes(a: CelType, b: CelType): CelType {
  if (a.kind === 'null' && b.kind !== 'null') return b;
  return typeText(a) === typeText(b) ? a : DYN;
}

const NAMES: Readonly<Record<string, CelType>> = { dyn: DYN, bool: BOOL, int: INT, uint: UINT, double: DOUBLE, string: STRING, bytes: BYTES, null: NULL, timestamp: TIMESTAMP, duration: DURATION, type: { kind: 'type' } };

/** Reads `list(string)`, `map(string, A)`, `optional(A)`, `kubernetes.URL`; a single capital letter is a parameter. */
export function parseType(text: string): CelType {
  const trimmed = text.trim();
  const [, outer, inner] = /^(\w+)\((.*)\)$/.exec(trimmed) ?? [];
  if (outer === 'list') return listOf(parseType(inner!));
  if (outer === 'optional') return { kind: 'optional', of: parseType(inner!) };
  if (outer === 'map') {
    const [key = '', value = ''] = splitTypes(inner!);
    return mapOf(parseType(key), parseType(value));
  }
  if (/^[A-Z]$/.test(trimmed)) return { kind: 'param', name: trimmed };
  return NAMES[trimmed] ?? opaque(trimmed);
}

/** At the commas that are in no parentheses. */
export function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of text) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return part.trim() === '' ? parts : [...parts, part];
}
