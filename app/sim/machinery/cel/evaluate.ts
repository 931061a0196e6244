import { callFunction, callMember } from './functions/index.ts';
import { NAMESPACES } from './declarations.ts';
import { arithmetic, negate } from './operators.ts';
import type { Node } from './syntax.ts';
import { CelError, compareNumbers, Duration, equals, hasKey, isMapLike, isNumber, keysOf, mapKey, Opaque, Optional, Timestamp, TypeName, Uint, valueAt } from './values.ts';

/** The values of the names in scope; a function is asked when its name is first met (lazy variables). */
export type Variables = Readonly<Record<string, unknown>>;

const TYPE_NAMES = new Set(['bool', 'int', 'uint', 'double', 'string', 'bytes', 'list', 'map', 'null_type', 'type']);
/** So much work and no more. models apiserver/pkg/apis/cel: PerCallLimit */
const BUDGET = 1_000_000;

/** A value that is worked out when it is first needed. */
export class Lazy {
  readonly #make: () => unknown;
  #made: { readonly value: unknown } | undefined;
  constructor(make: () => unknown) {
    this.#make = make;
  }
  get(): unknown {
    return (this.#made ??= { value: this.#make() }).value;
  }
}

/** @throws CelError */
export function evaluateNode(node: Node, variables: Variables, now: () => number): unknown {
  return new Evaluator(now).run(node, variables);
}

class Evaluator {
  #steps = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  run(node: Node, scope: Variables): unknown {
    if (++this.#steps > BUDGET) throw new CelError('operation cancelled: actual cost limit exceeded');
    const args = node.args as any;
    switch (node.op) {
      case 'value':
        return isNodeUint(args) ? new Uint(args.verify?.() ?? args.value ?? BigInt(String(args))) : args;
      case 'id':
        return this.#identifier(args as string, scope);
      case '.':
      case '.?':
        return this.#select(node, scope);
      case '[]':
      case '[?]':
        return this.#index(node, scope);
      case 'list':
        return (args as Node[]).map((item) => this.run(item, scope));
      case 'map':
        return this.#map(args as [Node, Node][], scope);
      case '?:':
        return this.run(this.#bool(this.run(args[0] as Node, scope)) ? (args[1] as Node) : (args[2] as Node), scope);
      case '&&':
      case '||':
        return this.#logical(node.op === '||', args as [Node, Node], scope);
      case '!_':
        return !this.#bool(this.run(args as Node, scope));
      case '-_':
        return negate(this.run(args as Node, scope));
      case 'call':
        return this.#call(args[0] as string, args[1] as Node[], scope);
      case 'rcall':
        return this.#memberCall(args[0] as string, args[1] as Node, args[2] as Node[], scope);
      default:
        return this.#binary(node.op, this.run(args[0] as Node, scope), this.run(args[1] as Node, scope));
    }
  }

  #identifier(name: string, scope: Variables): unknown {
    if (Object.hasOwn(scope, name)) {
      const value = scope[name];
      return value instanceof Lazy ? value.get() : value;
    }
    if (TYPE_NAMES.has(name)) return new TypeName(name);
    throw new CelError(`no such attribute(s): ${name}`);
  }

  #bool(value: unknown): boolean {
    if (typeof value !== 'boolean') throw new CelError('no such overload');
    return value;
  }

  /** An error on one side does not matter when the other side decides. */
  #logical(decisive: boolean, sides: readonly [Node, Node], scope: Variables): boolean {
    let failure: unknown;
    for (const side of sides) {
      try {
        if (this.#bool(this.run(side, scope)) === decisive) return decisive;
      } catch (error) {
        if (!(error instanceof CelError)) throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure as Error;
    return !decisive;
  }

  #select(node: Node, scope: Variables): unknown {
    const [operand, field] = node.args as [Node, string];
    if (operand.op === 'id' && operand.args === 'google') return new TypeName(`google.protobuf.${field}`);
    const value = this.run(operand, scope);
    if (value instanceof Optional || node.op === '.?') return optionalAt(value, field);
    if (value instanceof Opaque && 'field' in value) return (value as Opaque & { field(name: string): unknown }).field(field);
    return fieldOf(value, field);
  }

  #index(node: Node, scope: Variables): unknown {
    const [operand, key] = node.args as [Node, Node];
    const value = this.run(operand, scope);
    const at = this.run(key, scope);
    if (value instanceof Optional || node.op === '[?]') return optionalAt(value, at);
    if (Array.isArray(value)) {
      const index = isNumber(at) ? Number(at instanceof Uint ? at.value : at) : NaN;
      if (!Number.isInteger(index)) throw new CelError(`unsupported index type '${typeof at}' in list`);
      if (index < 0 || index >= value.length) throw new CelError(`index out of bounds: ${index}`);
      return value[index];
    }
    return fieldOf(value, at);
  }

  #map(entries: readonly [Node, Node][], scope: Variables): ReadonlyMap<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    for (const [keyNode, valueNode] of entries) {
      const key = mapKey(this.run(keyNode, scope));
      if (map.has(key)) throw new CelError(`Failed with repeated key`);
      map.set(key, this.run(valueNode, scope));
    }
    return map;
  }

  #binary(operator: string, left: unknown, right: unknown): unknown {
    switch (operator) {
      case '==':
        return equals(left, right);
      case '!=':
        return !equals(left, right);
      case 'in':
        if (Array.isArray(right)) return right.some((item) => equals(item, left));
        if (isMapLike(right)) return hasKey(right, left);
        throw new CelError('no such overload');
      case '<':
        return compare(left, right) < 0;
      case '<=':
        return compare(left, right) <= 0;
      case '>':
        return compare(left, right) > 0;
      case '>=':
        return compare(left, right) >= 0;
      default:
        return arithmetic(operator, left, right);
    }
  }

  #call(name: string, args: readonly Node[], scope: Variables): unknown {
    if (name === 'has') return this.#has(args[0]!, scope);
    return callFunction(name, args.map((arg) => this.run(arg, scope)));
  }

  #has(node: Node, scope: Variables): boolean {
    const [operand, field] = node.args as [Node, string];
    const value = this.run(operand, scope);
    if (value instanceof Optional) return value.present && isMapLike(value.value) && hasKey(value.value, field);
    if (!isMapLike(value)) throw new CelError(value === null ? 'no such overload' : `no such key: ${field}`);
    return hasKey(value, field);
  }

  #memberCall(name: string, receiver: Node, args: readonly Node[], scope: Variables): unknown {
    if (receiver.op === 'id' && !Object.hasOwn(scope, receiver.args as string) && NAMESPACES.has(receiver.args as string)) {
      if (receiver.args === 'cel') return this.run(args[2]!, { ...scope, [String(args[0]!.args)]: this.run(args[1]!, scope) });
      return callFunction(`${String(receiver.args)}.${name}`, args.map((arg) => this.run(arg, scope)));
    }
    const target = this.run(receiver, scope);
    if (COMPREHENSIONS.has(name) && args.length >= 2 && args[0]!.op === 'id') return this.#comprehension(name, target, args, scope);
    if (name === 'optMap' || name === 'optFlatMap') {
      if (!(target instanceof Optional) || !target.present) return new Optional(false);
      const result = this.run(args[1]!, { ...scope, [String(args[0]!.args)]: target.value });
      return name === 'optMap' ? new Optional(true, result) : result;
    }
    return callMember(name, target, args.map((arg) => this.run(arg, scope)), this.#now);
  }

  #comprehension(name: string, range: unknown, args: readonly Node[], scope: Variables): unknown {
    const entries: (readonly [unknown, unknown])[] = Array.isArray(range)
      ? range.map((item, index) => [BigInt(index), item] as const)
      : isMapLike(range) ? keysOf(range).map((key) => [key, valueAt(range, key)] as const) : this.#noRange();
    const hasTwo = name.startsWith('transform') || (args.length === 3 && args[1]!.op === 'id' && name !== 'map');
    const bodies = args.slice(hasTwo ? 2 : 1);
    const inner = ([index, item]: readonly [unknown, unknown]): Variables => hasTwo
      ? { ...scope, [String(args[0]!.args)]: index, [String(args[1]!.args)]: item }
      : { ...scope, [String(args[0]!.args)]: Array.isArray(range) ? item : index };
    return this.#fold(name, entries, bodies, inner, Array.isArray(range));
  }

  #noRange(): never {
    throw new CelError('no such overload');
  }

  #fold(name: string, entries: readonly (readonly [unknown, unknown])[], bodies: readonly Node[], inner: (entry: readonly [unknown, unknown]) => Variables, isList: boolean): unknown {
    const body = bodies[bodies.length - 1]!;
    const passes = (entry: readonly [unknown, unknown]): boolean => bodies.slice(0, -1).every((condition) => this.#bool(this.run(condition, inner(entry))));
    const single = ([index, item]: readonly [unknown, unknown]): unknown => (isList ? item : index);
    switch (name) {
      case 'all':
      case 'exists':
        return this.#quantify(name === 'exists', entries, (entry) => this.#bool(this.run(body, inner(entry))));
      case 'exists_one':
      case 'existsOne':
        return entries.filter((entry) => this.#bool(this.run(body, inner(entry)))).length === 1;
      case 'filter':
        return entries.filter((entry) => this.#bool(this.run(body, inner(entry)))).map(single);
      case 'transformMap':
        return new Map(entries.filter(passes).map((entry) => [mapKey(entry[0]), this.run(body, inner(entry))]));
      case 'transformMapEntry':
        return new Map(entries.filter(passes).flatMap((entry) => [...(this.run(body, inner(entry)) as Map<unknown, unknown>)]));
      default:
        return entries.filter(passes).map((entry) => this.run(body, inner(entry)));
    }
  }

  #quantify(decisive: boolean, entries: readonly (readonly [unknown, unknown])[], test: (entry: readonly [unknown, unknown]) => boolean): boolean {
    let failure: unknown;
    for (const entry of entries) {
      try {
        if (test(entry) === decisive) return decisive;
      } catch (error) {
        if (!(error instanceof CelError)) throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure as Error;
    return !decisive;
  }
}

const COMPREHENSIONS = new Set(['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter', 'transformList', 'transformMap', 'transformMapEntry']);

/** The parser's own unsigned numbers. */
function isNodeUint(value: unknown): value is { verify?: () => bigint; value?: bigint } {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}

function fieldOf(value: unknown, key: unknown): unknown {
  if (!isMapLike(value)) throw new CelError('no such overload');
  if (!hasKey(value, key)) throw new CelError(`no such key: ${String(key)}`);
  return valueAt(value, key);
}

function optionalAt(value: unknown, key: unknown): Optional {
  const inner = value instanceof Optional ? (value.present ? value.value : undefined) : value;
  if (Array.isArray(inner)) {
    const index = Number(key);
    return index >= 0 && index < inner.length ? new Optional(true, inner[index]) : new Optional(false);
  }
  return isMapLike(inner) && hasKey(inner, key) ? new Optional(true, valueAt(inner, key)) : new Optional(false);
}

function compare(left: unknown, right: unknown): number {
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right);
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if ((left instanceof Timestamp && right instanceof Timestamp) || (left instanceof Duration && right instanceof Duration)) return left.nanos < right.nanos ? -1 : left.nanos > right.nanos ? 1 : 0;
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right);
  throw new CelError('no such overload');
}
