import { parseTime } from '../../../base/clock/index.ts';
import { parseQuantity } from '../quantity.ts';
import { isRecord } from '../objects.ts';
import { NAMED, STRUCTS } from './go-types.ts';

const NUMBERS = new Set(['int', 'int32', 'int64', 'uint64']);
const SECONDS_TO_UNIX = 62_135_596_800;

/**
 * A value as Go's spew prints it: the text that upstream hashes, so that the same template gets the same hash.
 *
 * models apimachinery/pkg/util/dump: ForHash (`%#v` of spew: types shown, keys sorted, no addresses)
 *
 * ```
 *   (v1.PodTemplateSpec){ObjectMeta:(v1.ObjectMeta){Name:(string) … Labels:(map[string]string)map[app:web] …
 * ```
 */
export function dumpForHash(value: unknown, type: string): string {
  return format(value, type, true);
}

/** @param typed the type comes first; what a slice or map holds goes without */
function format(value: unknown, type: string, typed: boolean): string {
  if (type.startsWith('*')) return formatPointer(value, type, typed);
  return `${typed ? `(${type})` : ''}${formatValue(value, type)}`;
}

function formatPointer(value: unknown, type: string, typed: boolean): string {
  if (value === undefined || value === null) return typed ? `(${type})<nil>` : '<nil>';
  return `${typed ? `(${type})` : '<*>'}${formatValue(value, type.slice(1))}`;
}

function formatValue(value: unknown, type: string): string {
  const basic = NAMED[type] ?? type;
  if (basic === 'string') return typeof value === 'string' ? value : '';
  if (basic === 'bool') return String(value === true);
  if (NUMBERS.has(basic)) return String(value ?? 0);
  if (basic.startsWith('[]')) return formatSlice(value, basic.slice(2));
  if (basic.startsWith('map[')) return formatMap(value, basic);
  switch (basic) {
    case 'v1.Time':
      return formatTime(value);
    case 'resource.Quantity':
      return formatQuantity(value);
    case 'intstr.IntOrString':
      return typeof value === 'string' ? `{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)${value}}` : `{Type:(intstr.Type)0 IntVal:(int32)${String(value ?? 0)} StrVal:(string)}`;
    default:
      return formatStruct(isRecord(value) ? value : {}, basic);
  }
}

function formatStruct(value: Readonly<Record<string, unknown>>, type: string): string {
  const fields = STRUCTS[type];
  if (!fields) throw new TypeError(`Go's ${type} is not known here`);
  return `{${fields.map(([name, fieldType, json]) => `${name}:${format(json === undefined ? value : value[json], fieldType, true)}`).join(' ')}}`;
}

/** Nothing and no elements are the same here: the wire form does not tell them apart. */
function formatSlice(value: unknown, type: string): string {
  if (!Array.isArray(value) || value.length === 0) return '<nil>';
  return `[${value.map((item) => format(item, type, false)).join(' ')}]`;
}

function formatMap(value: unknown, type: string): string {
  if (!isRecord(value) || Object.keys(value).length === 0) return '<nil>';
  const items = type.slice(type.indexOf(']') + 1);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${key}:${format(value[key], items, false)}`).join(' ')}]`;
}

/** Go counts seconds since the year 1; a time from the wire has no monotonic part and no zone. */
function formatTime(value: unknown): string {
  const seconds = typeof value === 'string' ? Math.floor(parseTime(value) / 1000) + SECONDS_TO_UNIX : 0;
  return `{Time:(time.Time){wall:(uint64)0 ext:(int64)${seconds} loc:(*time.Location)<nil>}}`;
}

const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };

/** models resource.ParseQuantity: what it keeps of a canonical quantity. */
function formatQuantity(value: unknown): string {
  const text = String(value ?? '0');
  const { format: kind } = parseQuantity(text);
  const [, number = '0', suffix = ''] = /^(-?\d+)(.*)$/.exec(text) ?? [];
  const isBinary = kind === 'BinarySI';
  const amount = isBinary ? BigInt(number) << BigInt(10 * Math.max(0, BINARY.indexOf(suffix))) : BigInt(number);
  const exponent = /^[eE]/.test(suffix) ? Number(suffix.slice(1)) : (DECIMAL[suffix] ?? 0);
  return `{i:(resource.int64Amount){value:(int64)${amount} scale:(resource.Scale)${isBinary ? 0 : exponent}} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)${text} Format:(resource.Format)${kind}}`;
}
