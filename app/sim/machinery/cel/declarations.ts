import { parseType, splitTypes, type CelType } from './types.ts';

/** One way to call a function. */
export interface Overload {
  readonly member: boolean;
  readonly args: readonly CelType[];
  readonly result: CelType;
}

/**
 * All functions and operators: `name(args) -> result`, or `receiver.name(args) -> result`.
 *
 * models cel-go's standard library, its strings extension, and the libraries of k8s.io/apiserver/pkg/cel/library
 */
const SIGNATURES = `
_==_(A, A) -> bool; _!=_(A, A) -> bool
_<_(bool, bool) -> bool; _<_(int, int) -> bool; _<_(int, double) -> bool; _<_(int, uint) -> bool; _<_(uint, uint) -> bool; _<_(uint, int) -> bool; _<_(uint, double) -> bool; _<_(double, double) -> bool; _<_(double, int) -> bool; _<_(double, uint) -> bool; _<_(string, string) -> bool; _<_(bytes, bytes) -> bool; _<_(timestamp, timestamp) -> bool; _<_(duration, duration) -> bool
_+_(int, int) -> int; _+_(uint, uint) -> uint; _+_(double, double) -> double; _+_(string, string) -> string; _+_(bytes, bytes) -> bytes; _+_(list(A), list(A)) -> list(A); _+_(timestamp, duration) -> timestamp; _+_(duration, timestamp) -> timestamp; _+_(duration, duration) -> duration
_-_(int, int) -> int; _-_(uint, uint) -> uint; _-_(double, double) -> double; _-_(timestamp, timestamp) -> duration; _-_(timestamp, duration) -> timestamp; _-_(duration, duration) -> duration
_*_(int, int) -> int; _*_(uint, uint) -> uint; _*_(double, double) -> double
_/_(int, int) -> int; _/_(uint, uint) -> uint; _/_(double, double) -> double
_%_(int, int) -> int; _%_(uint, uint) -> uint
-_(int) -> int; -_(double) -> double; !_(bool) -> bool
@in(A, list(A)) -> bool; @in(A, map(A, B)) -> bool
_[_](list(A), int) -> A; _[_](map(A, B), A) -> B
_?_:_(bool, A, A) -> A
size(string) -> int; size(bytes) -> int; size(list(A)) -> int; size(map(A, B)) -> int; string.size() -> int; bytes.size() -> int; list(A).size() -> int; map(A, B).size() -> int
string.contains(string) -> bool; string.startsWith(string) -> bool; string.endsWith(string) -> bool; string.matches(string) -> bool; matches(string, string) -> bool
bool(bool) -> bool; bool(string) -> bool
int(int) -> int; int(uint) -> int; int(double) -> int; int(string) -> int; int(timestamp) -> int; int(duration) -> int
uint(uint) -> uint; uint(int) -> uint; uint(double) -> uint; uint(string) -> uint
double(double) -> double; double(int) -> double; double(uint) -> double; double(string) -> double
string(string) -> string; string(bool) -> string; string(int) -> string; string(uint) -> string; string(double) -> string; string(bytes) -> string; string(timestamp) -> string; string(duration) -> string
bytes(bytes) -> bytes; bytes(string) -> bytes; dyn(A) -> dyn; type(A) -> type
timestamp(string) -> timestamp; timestamp(int) -> timestamp; timestamp(timestamp) -> timestamp; duration(string) -> duration; duration(duration) -> duration
timestamp.getFullYear() -> int; timestamp.getMonth() -> int; timestamp.getDate() -> int; timestamp.getDayOfMonth() -> int; timestamp.getDayOfWeek() -> int; timestamp.getDayOfYear() -> int; timestamp.getHours() -> int; timestamp.getMinutes() -> int; timestamp.getSeconds() -> int; timestamp.getMilliseconds() -> int
duration.getHours() -> int; duration.getMinutes() -> int; duration.getSeconds() -> int; duration.getMilliseconds() -> int
string.charAt(int) -> string; string.indexOf(string) -> int; string.indexOf(string, int) -> int; string.lastIndexOf(string) -> int; string.lastIndexOf(string, int) -> int; string.lowerAscii() -> string; string.upperAscii() -> string; string.replace(string, string) -> string; string.replace(string, string, int) -> string; string.split(string) -> list(string); string.split(string, int) -> list(string); string.substring(int) -> string; string.substring(int, int) -> string; string.trim() -> string; string.reverse() -> string; string.format(list(dyn)) -> string; list(string).join() -> string; list(string).join(string) -> string; strings.quote(string) -> string
list(A).isSorted() -> bool; list(int).sum() -> int; list(double).sum() -> double; list(uint).sum() -> uint; list(duration).sum() -> duration; list(A).min() -> A; list(A).max() -> A; list(A).indexOf(A) -> int; list(A).lastIndexOf(A) -> int
string.find(string) -> string; string.findAll(string) -> list(string); string.findAll(string, int) -> list(string)
url(string) -> kubernetes.URL; isURL(string) -> bool; kubernetes.URL.getScheme() -> string; kubernetes.URL.getHost() -> string; kubernetes.URL.getHostname() -> string; kubernetes.URL.getPort() -> string; kubernetes.URL.getEscapedPath() -> string; kubernetes.URL.getQuery() -> map(string, list(string))
quantity(string) -> kubernetes.Quantity; isQuantity(string) -> bool; kubernetes.Quantity.isInteger() -> bool; kubernetes.Quantity.asInteger() -> int; kubernetes.Quantity.asApproximateFloat() -> double; kubernetes.Quantity.sign() -> int; kubernetes.Quantity.add(kubernetes.Quantity) -> kubernetes.Quantity; kubernetes.Quantity.add(int) -> kubernetes.Quantity; kubernetes.Quantity.sub(kubernetes.Quantity) -> kubernetes.Quantity; kubernetes.Quantity.sub(int) -> kubernetes.Quantity; kubernetes.Quantity.isGreaterThan(kubernetes.Quantity) -> bool; kubernetes.Quantity.isLessThan(kubernetes.Quantity) -> bool; kubernetes.Quantity.compareTo(kubernetes.Quantity) -> int
ip(string) -> net.IP; isIP(string) -> bool; ip.isCanonical(string) -> bool; net.IP.family() -> int; net.IP.isUnspecified() -> bool; net.IP.isLoopback() -> bool; net.IP.isLinkLocalMulticast() -> bool; net.IP.isLinkLocalUnicast() -> bool; net.IP.isGlobalUnicast() -> bool; string(net.IP) -> string
cidr(string) -> net.CIDR; isCIDR(string) -> bool; net.CIDR.containsIP(string) -> bool; net.CIDR.containsIP(net.IP) -> bool; net.CIDR.containsCIDR(string) -> bool; net.CIDR.containsCIDR(net.CIDR) -> bool; net.CIDR.ip() -> net.IP; net.CIDR.masked() -> net.CIDR; net.CIDR.prefixLength() -> int; string(net.CIDR) -> string
semver(string) -> kubernetes.Semver; semver(string, bool) -> kubernetes.Semver; isSemver(string) -> bool; isSemver(string, bool) -> bool; kubernetes.Semver.major() -> int; kubernetes.Semver.minor() -> int; kubernetes.Semver.patch() -> int; kubernetes.Semver.isGreaterThan(kubernetes.Semver) -> bool; kubernetes.Semver.isLessThan(kubernetes.Semver) -> bool; kubernetes.Semver.compareTo(kubernetes.Semver) -> int
format.named(string) -> optional(kubernetes.NamedFormat); kubernetes.NamedFormat.validate(string) -> optional(list(string)); format.dns1123Label() -> kubernetes.NamedFormat; format.dns1123Subdomain() -> kubernetes.NamedFormat; format.dns1035Label() -> kubernetes.NamedFormat; format.qualifiedName() -> kubernetes.NamedFormat; format.labelValue() -> kubernetes.NamedFormat; format.uri() -> kubernetes.NamedFormat; format.uuid() -> kubernetes.NamedFormat; format.byte() -> kubernetes.NamedFormat; format.date() -> kubernetes.NamedFormat; format.datetime() -> kubernetes.NamedFormat
optional.of(A) -> optional(A); optional.ofNonZeroValue(A) -> optional(A); optional.none() -> optional(A); optional(A).hasValue() -> bool; optional(A).value() -> A; optional(A).or(optional(A)) -> optional(A); optional(A).orValue(A) -> A
sets.contains(list(A), list(A)) -> bool; sets.equivalent(list(A), list(A)) -> bool; sets.intersects(list(A), list(A)) -> bool
kubernetes.authorization.Authorizer.path(string) -> kubernetes.authorization.PathCheck; kubernetes.authorization.PathCheck.check(string) -> kubernetes.authorization.Decision; kubernetes.authorization.Authorizer.group(string) -> kubernetes.authorization.GroupCheck; kubernetes.authorization.Authorizer.serviceAccount(string, string) -> kubernetes.authorization.Authorizer; kubernetes.authorization.GroupCheck.resource(string) -> kubernetes.authorization.ResourceCheck; kubernetes.authorization.ResourceCheck.subresource(string) -> kubernetes.authorization.ResourceCheck; kubernetes.authorization.ResourceCheck.namespace(string) -> kubernetes.authorization.ResourceCheck; kubernetes.authorization.ResourceCheck.name(string) -> kubernetes.authorization.ResourceCheck; kubernetes.authorization.ResourceCheck.fieldSelector(string) -> kubernetes.authorization.ResourceCheck; kubernetes.authorization.ResourceCheck.labelSelector(string) -> kubernetes.authorization.ResourceCheck; kubernetes.authorization.ResourceCheck.check(string) -> kubernetes.authorization.Decision; kubernetes.authorization.Decision.allowed() -> bool; kubernetes.authorization.Decision.reason() -> string; kubernetes.authorization.Decision.errored() -> bool; kubernetes.authorization.Decision.error() -> string
jsonpatch.escapeKey(string) -> string
`;

/** Names that begin a function of a library rather than a receiver: `sets.contains(a, b)`. */
export const NAMESPACES = new Set(['ip', 'format', 'optional', 'sets', 'strings', 'jsonpatch', 'math', 'base64', 'cel']);
const COMPARISONS = ['_<=_', '_>_', '_>=_'];

let table: ReadonlyMap<string, readonly Overload[]> | undefined;

/** Undefined: there is no function of that name. Functions of a library go by their full name. */
export function overloadsOf(name: string): readonly Overload[] | undefined {
  table ??= readTable();
  return table.get(name);
}

function readTable(): Map<string, readonly Overload[]> {
  const found = new Map<string, Overload[]>();
  for (const line of SIGNATURES.split(/[;\n]/)) {
    const [, head, args, result] = /^\s*(.+?)\(([^()]*(?:\([^()]*(?:\([^()]*\))?[^()]*\)[^()]*)*)\) -> (.+?)\s*$/.exec(line) ?? [];
    if (!head || result === undefined) continue;
    const [name, receiver] = nameOf(head);
    const overload = { member: receiver !== undefined, args: [...(receiver === undefined ? [] : [receiver]), ...splitTypes(args ?? '')].map(parseType), result: parseType(result) };
    found.set(name, [...(found.get(name) ?? []), overload]);
  }
  for (const name of COMPARISONS) found.set(name, found.get('_<_')!);
  return found;
}

/** `list(A).size` is `size` of a receiver; `sets.contains` is a name. */
function nameOf(head: string): [name: string, receiver: string | undefined] {
  const dot = head.lastIndexOf('.');
  if (dot < 0 || NAMESPACES.has(head.slice(0, dot))) return [head, undefined];
  return [head.slice(dot + 1), head.slice(0, dot)];
}
