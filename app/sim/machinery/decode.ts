import { goFieldPath } from './go-embedding.ts';
import { isRecord } from './objects.ts';
import { parseQuantity, QuantityError } from './quantity.ts';
import type { FieldSchema, Schemas, TypeSchema } from './schema.ts';

type Json = Record<string, unknown>;

/** The body does not fit its type; the message is the one that Go's decoder gives. */
export class DecodeError extends Error {}

export interface Decoded {
  readonly object: Json;
  /** `spec.nope`: fields that the type does not declare, in the order of appearance. They are dropped. */
  readonly unknownFields: readonly string[];
}

/**
 * Reads a body as an object of a type, as Go's JSON decoder into a struct does: unknown fields are dropped and reported,
 * nulls and empty optional lists and maps vanish, fields stand in struct order, fields without `omitempty` are written even
 * when empty, quantities and times become canonical. Returns a new object.
 */
export function decodeObject(body: Readonly<Json>, typeName: string, schemas: Schemas): Decoded {
  return decodeWith(new Decoder(schemas, typeName.includes('apiextensions'), false), body, typeName, schemas);
}

/**
 * The same for what is about to be stored: parts that came out of here before, and are frozen since, are taken over as they
 * are. The result must not be changed any more.
 */
export function normalObject(object: Readonly<Json>, typeName: string, schemas: Schemas): Json {
  return decodeWith(new Decoder(schemas, typeName.includes('apiextensions'), true), object, typeName, schemas).object;
}

function decodeWith(decoder: Decoder, body: Readonly<Json>, typeName: string, schemas: Schemas): Decoded {
  const type = schemas.get(typeName);
  if (!type) throw new DecodeError(`no type ${typeName}`);
  const object = decoder.struct(body, type);
  return { object, unknownFields: decoder.unknownFields };
}

function shortName(typeName: string): string {
  return typeName.slice(typeName.lastIndexOf('.') + 1);
}

/** A type's fields as they are walked, worked out once. */
interface Plan {
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** In struct order. */
  readonly names: readonly string[];
}

const plans = new WeakMap<TypeSchema, Plan>();
/** The parts below the top (`spec`, `status`) of what {@link normalObject} made, and of which type they are. */
const normal = new WeakMap<object, TypeSchema>();

function planOf(type: TypeSchema): Plan {
  let plan = plans.get(type);
  if (!plan) plans.set(type, (plan = { fields: new Map(Object.entries(type.fields)), names: Object.keys(type.fields) }));
  return plan;
}

/**
 * The way down to what is being read is kept as a stack and put into words only when something is wrong there:
 *
 * ```
 *   #names   spec   containers   [0]   image        spec.containers[0].image       an unknown field
 *   #types   Pod    PodSpec      –     Container    Container.spec.containers.image  as Go's decoder names it
 * ```
 */
class Decoder {
  readonly unknownFields: string[] = [];
  readonly #schemas: Schemas;
  readonly #keepsEmpty: boolean;
  readonly #forStore: boolean;
  readonly #names: string[] = [];
  /** The struct whose field a name is; undefined: the name is an index or a map's key. */
  readonly #types: (TypeSchema | undefined)[] = [];

  constructor(schemas: Schemas, keepsEmpty: boolean, forStore: boolean) {
    this.#schemas = schemas;
    this.#keepsEmpty = keepsEmpty;
    this.#forStore = forStore;
  }

  struct(body: Readonly<Json>, type: TypeSchema): Json {
    const isPart = this.#forStore && this.#names.length === 1;
    if (isPart && normal.get(body) === type && Object.isFrozen(body)) return body;
    const { fields, names } = planOf(type);
    const read: Json = {};
    let extra: Json | undefined;
    // In the body's order, so that unknown fields are reported as they appear.
    for (const name of Object.keys(body)) {
      const field = fields.get(name);
      const value = body[name];
      if (field) {
        if (!field.always && (value === 0 || value === false) && OMITTED_WHEN_ZERO.has(name)) continue;
        if (value === '' && POINTERS_TO_STRINGS.has(`${type.name}.${name}`)) read[name] = '';
        else read[name] = this.#below(type, name, value, field);
      } else if (type.preserveUnknown) (extra ??= {})[name] = value;
      else if (value !== undefined) this.unknownFields.push(this.#pathTo(name));
    }
    const result: Json = {};
    for (const name of names) {
      const value = read[name];
      if (value !== undefined) result[name] = value;
      else if (fields.get(name)!.always) result[name] = this.#empty(fields.get(name)!);
    }
    if (extra) Object.assign(result, extra);
    if (isPart) normal.set(result, type);
    return result;
  }

  /** Reads what stands one name further down. */
  #below(type: TypeSchema | undefined, name: string, value: unknown, field: FieldSchema): unknown {
    this.#names.push(name);
    this.#types.push(type);
    const result = this.#field(value, field);
    this.#names.pop();
    this.#types.pop();
    return result;
  }

  /** `spec.containers[0].nope` */
  #pathTo(name: string): string {
    return [...this.#names, name].reduce((path, part) => (path === '' || part.startsWith('[') ? `${path}${part}` : `${path}.${part}`), '');
  }

  /** `Container.spec.containers.image`: the innermost struct, and the way there with embedded structs named and without indexes. */
  #goPath(): string {
    const steps = this.#names.flatMap((name, index) => {
      const type = this.#types[index];
      return type ? [goFieldPath(shortName(type.name), name, 'kind' in type.fields && 'metadata' in type.fields)] : [];
    });
    const innermost = this.#types.findLast((type) => type !== undefined);
    return [innermost ? shortName(innermost.name) : '', ...steps].join('.');
  }

  #empty(field: FieldSchema): unknown {
    if (field.pointer) return null;
    switch (field.type) {
      case 'ref': {
        const type = field.ref ? this.#schemas.get(field.ref) : undefined;
        // A pointer without omitempty (a selector) is null; a struct is written empty.
        return type && type.mapType !== 'atomic' ? this.struct({}, type) : null;
      }
      case 'string':
        return '';
      case 'integer':
      case 'number':
        return 0;
      case 'boolean':
        return false;
      case 'quantity':
        return '0';
      case 'int-or-string':
        return 0;
      default:
        return null;
    }
  }

  /** Undefined: the field is not written. */
  #field(value: unknown, field: FieldSchema): unknown {
    if (value === undefined || value === null) return undefined;
    switch (field.type) {
      case 'ref': {
        const type = field.ref ? this.#schemas.get(field.ref) : undefined;
        if (!type) return value;
        if (!isRecord(value)) throw this.#mismatch(value, goType(field));
        return this.struct(value, type);
      }
      case 'array':
        return this.#array(value, field);
      case 'map':
        return this.#map(value, field);
      default:
        return this.#scalar(value, field);
    }
  }

  #array(value: unknown, field: FieldSchema): unknown {
    if (!Array.isArray(value)) throw this.#mismatch(value, goType(field));
    // Stored as protobuf, where an empty list is no list; definitions of custom resources are stored as JSON.
    if (value.length === 0) return field.always ? (this.#keepsEmpty ? [] : null) : undefined;
    const items = field.items ?? ANY;
    return value.map((item, index) => this.#below(undefined, `[${index}]`, item, items) ?? this.#emptyItem(field.items));
  }

  #emptyItem(items: FieldSchema | undefined): unknown {
    return items ? this.#empty(items) : null;
  }

  #map(value: unknown, field: FieldSchema): unknown {
    if (!isRecord(value)) throw this.#mismatch(value, goType(field));
    const keys = Object.keys(value);
    if (keys.length === 0) return undefined;
    const result: Json = {};
    // Go writes maps with sorted keys.
    for (const key of keys.sort()) {
      const item = this.#below(undefined, key, value[key], field.items ?? ANY);
      result[key] = item === undefined ? this.#emptyItem(field.items) : item;
    }
    return result;
  }

  #scalar(value: unknown, field: FieldSchema): unknown {
    switch (field.type) {
      case 'string':
        if (typeof value !== 'string') throw this.#mismatch(value, 'string');
        return value === '' && !field.always ? undefined : value;
      case 'bytes':
        if (typeof value !== 'string') throw this.#mismatch(value, '[]uint8');
        if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.replace(/=+$/, '').length % 4 === 1) throw new DecodeError(`illegal base64 data at input byte ${badBase64(value)}`);
        return value;
      case 'integer':
        if (typeof value !== 'number') throw this.#mismatch(value, field.format ?? 'int32');
        if (!Number.isInteger(value) || (field.format !== 'int64' && Math.abs(value) > 2 ** 31)) throw this.#mismatch(value, field.format ?? 'int32');
        return value;
      case 'number':
        if (typeof value !== 'number') throw this.#mismatch(value, 'float64');
        return value;
      case 'boolean':
        if (typeof value !== 'boolean') throw this.#mismatch(value, 'bool');
        return value;
      case 'quantity':
        return quantity(value);
      case 'time':
      case 'micro-time':
        return time(value, field.type);
      case 'int-or-string':
        if (typeof value !== 'number' && typeof value !== 'string') throw this.#mismatch(value, 'intstr.IntOrString');
        return value;
      default:
        return value;
    }
  }

  #mismatch(value: unknown, expected: string): DecodeError {
    const kind = Array.isArray(value) ? 'array' : typeof value === 'object' ? 'object' : typeof value === 'boolean' ? 'bool' : typeof value === 'number' && expected.startsWith('int') ? `number ${value}` : typeof value;
    return new DecodeError(`json: cannot unmarshal ${kind} into Go struct field ${this.#goPath()} of type ${expected}`);
  }
}

const ANY: FieldSchema = { type: 'any' };

/** Numbers and booleans that are no pointers in Go: zero and false are as good as absent, and are not written. */
const OMITTED_WHEN_ZERO = new Set([
  'generation', 'observedGeneration', 'hostPort', 'nodePort', 'healthCheckNodePort', 'stdin', 'stdinOnce', 'tty', 'hostNetwork', 'hostPID', 'hostIPC', 'minReadySeconds', 'paused',
  'publishNotReadyAddresses', 'updatedReplicas', 'availableReplicas', 'unavailableReplicas', 'readyReplicas', 'fullyLabeledReplicas', 'initialDelaySeconds', 'readOnly', 'unschedulable',
]);

/** Optional strings that are pointers in Go: an empty one says something (storageClassName: '' asks for no class). */
const POINTERS_TO_STRINGS = new Set([
  'io.k8s.api.core.v1.PersistentVolumeClaimSpec.storageClassName',
  'io.k8s.api.core.v1.PersistentVolumeClaimSpec.volumeAttributesClassName',
  'io.k8s.api.core.v1.HostPathVolumeSource.type',
  'io.k8s.api.core.v1.GRPCAction.service',
  'io.k8s.api.networking.v1.IngressSpec.ingressClassName',
  'io.k8s.api.core.v1.ServiceSpec.loadBalancerClass',
  'io.k8s.api.discovery.v1.EndpointPort.name',
  'io.k8s.api.coordination.v1.LeaseSpec.holderIdentity',
]);

function badBase64(value: string): number {
  const bad = value.search(/[^A-Za-z0-9+/=]/);
  return bad >= 0 ? bad : value.length - (value.length % 4);
}

function quantity(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') throw new DecodeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  try {
    return parseQuantity(value).toString();
  } catch (error) {
    if (error instanceof QuantityError) throw new DecodeError(error.message);
    throw error;
  }
}

/** The pieces of Go's layouts, in the order in which time.Parse meets them. */
const DATE_TIME: readonly (readonly [string, RegExp])[] = [
  ['2006', /^\d{4}/], ['-', /^-/], ['01', /^\d\d/], ['-', /^-/], ['02', /^\d\d/], ['T', /^T/], ['15', /^\d\d/], [':', /^:/], ['04', /^\d\d/], [':', /^:/], ['05', /^\d\d/],
];

/** As clocks write times; nothing is to be done then. */
const PLAIN = { time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'micro-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/ };

function time(value: unknown, type: 'time' | 'micro-time'): string {
  if (typeof value !== 'string') throw new DecodeError(`json: cannot unmarshal ${typeof value} into Go value of type string`);
  const isMicro = type === 'micro-time';
  if (PLAIN[type].test(value)) return value;
  const fraction = isMicro ? '.000000' : '';
  const pieces = [...DATE_TIME, [fraction, isMicro ? /^\.\d{6}/ : /^(\.\d+)?/] as const, ['Z07:00', /^(Z|[+-]\d\d:\d\d)$/] as const];
  let rest = value;
  for (const [layout, pattern] of pieces) {
    const match = pattern.exec(rest);
    if (!match) throw new DecodeError(`parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05${fraction}Z07:00": cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(layout)}`);
    rest = rest.slice(match[0].length);
  }
  return isMicro ? value : value.replace(/\.\d+(?=Z$)/, '');
}

/** How Go names the type: `[]v1.Container`, `map[string]string`. */
function goType(field: FieldSchema): string {
  switch (field.type) {
    case 'array':
      return `[]${goType(field.items ?? { type: 'any' })}`;
    case 'map':
      return `map[string]${goType(field.items ?? { type: 'any' })}`;
    case 'ref': {
      const parts = (field.ref ?? '').split('.');
      return `${parts[parts.length - 2]}.${parts[parts.length - 1]}`;
    }
    case 'integer':
      return field.format ?? 'int32';
    case 'boolean':
      return 'bool';
    case 'quantity':
      return 'resource.Quantity';
    default:
      return field.type;
  }
}
