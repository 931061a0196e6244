import { isIP, isIPv4, isIPv6 } from 'node:net';

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const DATE_TIME = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const HOSTNAME = /^([a-zA-Z0-9\u00a1-\uffff]((-?[a-zA-Z0-9\u00a1-\uffff]{0,62})[a-zA-Z0-9\u00a1-\uffff])?)(\.([a-zA-Z0-9\u00a1-\uffff](-?[a-zA-Z0-9\u00a1-\uffff]{0,62})[a-zA-Z0-9\u00a1-\uffff])?)*\.?$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const uuidVersion = (version: number): RegExp => new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i');
const GO_DURATION = /^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))*$/;
const LONG_DURATION = /^(\d+(\.\d+)?)\s*(nanoseconds?|nanos?|ns|microseconds?|micros?|us|µs|milliseconds?|millis?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w)$/;

/** An Internet date that exists: no 31 February. */
function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const [year, month, day] = text.split('-').map(Number) as [number, number, number];
  const lengths = [31, year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day <= lengths[month - 1]!;
}

function isCidr(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  const family = isIP(address);
  return rest.length === 0 && family !== 0 && length !== undefined && /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128);
}

function isUri(text: string): boolean {
  return /^([a-z][a-z0-9+.-]*:[^\s]+|\/[^\s]*)$/i.test(text);
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** models k8s.io/kube-openapi/pkg/validation/strfmt: the formats that a custom resource may use; others are ignored. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  uri: isUri,
  email: (text) => /^[^\s@"(),:;<>[\\\]]+@[^\s@]+$/.test(text),
  hostname: (text) => text.length <= 255 && HOSTNAME.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: (text) => /^([0-9a-f]{2}([:-])([0-9a-f]{2}\2){4,}[0-9a-f]{2}|([0-9a-f]{4}\.){2}[0-9a-f]{4})$/i.test(text),
  uuid: (text) => UUID.test(text),
  uuid3: (text) => uuidVersion(3).test(text),
  uuid4: (text) => uuidVersion(4).test(text),
  uuid5: (text) => uuidVersion(5).test(text),
  isbn: (text) => /^(\d{9}[\dX]|\d{13})$/.test(text.replaceAll(/[- ]/g, '')),
  isbn10: (text) => /^\d{9}[\dX]$/.test(text.replaceAll(/[- ]/g, '')),
  isbn13: (text) => /^\d{13}$/.test(text.replaceAll(/[- ]/g, '')),
  creditcard: (text) => /^\d{13,16}$/.test(text.replaceAll(/[^0-9]/g, '')),
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: (text) => /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  rgbcolor: (text) => /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/.test(text),
  byte: isBase64,
  password: () => true,
  date: isDate,
  duration: (text) => GO_DURATION.test(text) || LONG_DURATION.test(text) || text === '0',
  datetime: (text) => DATE_TIME.test(text) && isDate(text.slice(0, 10)),
};

/** Undefined for a format that is not checked. `date-time` and `datetime` are one. */
export function formatCheck(format: string | undefined): ((text: string) => boolean) | undefined {
  const name = format?.replaceAll('-', '') ?? '';
  return Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
}
