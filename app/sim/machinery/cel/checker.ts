import { NAMESPACES, overloadsOf, type Overload } from './declarations.ts';
import { operatorAt, type Issue, type Node } from './syntax.ts';
import { BOOL, BYTES, DOUBLE, DYN, INT, isAssignable, joinTypes, listOf, mapOf, NULL, STRING, substitute, typeText, UINT, type Bindings, type CelType } from './types.ts';

/** Names that an expression may use, with their types. */
export type Scope = ReadonlyMap<string, CelType>;

const ERROR: CelType = { kind: 'dyn' };
const BINARY: Readonly<Record<string, string>> = { '==': '_==_', '!=': '_!=_', '<': '_<_', '<=': '_<=_', '>': '_>_', '>=': '_>=_', '+': '_+_', '-': '_-_', '*': '_*_', '/': '_/_', '%': '_%_', in: '@in' };
const TYPE_NAMES = new Set(['bool', 'int', 'uint', 'double', 'string', 'bytes', 'list', 'map', 'null_type', 'type', 'google.protobuf.Timestamp', 'google.protobuf.Duration']);
const COMPREHENSIONS = new Set(['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter', 'transformList', 'transformMap', 'transformMapEntry']);

export interface Checked {
  readonly type: CelType;
  readonly issues: readonly Issue[];
  /** The type of each node, for estimates of cost. */
  readonly types: ReadonlyMap<Node, CelType>;
}

/**
 * Finds the type of an expression and what is wrong with it, in cel-go's words.
 *
 * models github.com/google/cel-go/checker
 */
export function checkExpression(node: Node, source: string, scope: Scope): Checked {
  const checker = new Checker(source);
  const type = checker.check(node, scope);
  return { type, issues: checker.issues, types: checker.types };
}

class Checker {
  readonly issues: Issue[] = [];
  readonly types = new Map<Node, CelType>();
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  check(node: Node, scope: Scope): CelType {
    const type = this.#visit(node, scope);
    this.types.set(node, type);
    return type;
  }

  #report(at: number, message: string): CelType {
    this.issues.push({ at, message });
    return ERROR;
  }

  #visit(node: Node, scope: Scope): CelType {
    const args = node.args as any;
    switch (node.op) {
      case 'value':
        return literalType(args);
      case 'id':
        return this.#identifier(args as string, node.start, scope);
      case '.':
      case '.?':
        return this.#select(node, scope);
      case '[]':
      case '[?]':
        return this.#index(node, scope);
      case 'list':
        return listOf((args as Node[]).map((item) => this.check(item, scope)).reduce<CelType | undefined>((joined, type) => (joined ? joinTypes(joined, type) : type), undefined) ?? DYN);
      case 'map':
        return this.#map(args as [Node, Node][], scope);
      case '?:':
        return this.#conditional(args as [Node, Node, Node], scope);
      case '&&':
      case '||':
        for (const side of args as [Node, Node]) this.#wantBool(side, scope);
        return BOOL;
      case '!_':
      case '-_':
        return this.#resolve(node.op, overloadsOf(node.op)!, [this.check(args as Node, scope)], node.start, false);
      case 'call':
        return this.#call(node, args[0] as string, args[1] as Node[], scope);
      case 'rcall':
        return this.#memberCall(args[0] as string, args[1] as Node, args[2] as Node[], scope);
      default: {
        const [left, right] = args as [Node, Node];
        const types = [this.check(left, scope), this.check(right, scope)];
        const name = BINARY[node.op]!;
        return this.#resolve(name, overloadsOf(name)!, types, operatorAt(this.#source, left.end, node.op), false);
      }
    }
  }

  #identifier(name: string, at: number, scope: Scope): CelType {
    const found = scope.get(name);
    if (found) return found;
    if (TYPE_NAMES.has(name)) return { kind: 'type' };
    return this.#report(at, `undeclared reference to '${name}' (in container '')`);
  }

  #select(node: Node, scope: Scope): CelType {
    const [operand, field] = node.args as [Node, string];
    const at = operatorAt(this.#source, operand.end, '.');
    const qualified = qualifiedName(node);
    if (qualified !== undefined && (TYPE_NAMES.has(qualified) || scope.has(qualified))) return scope.get(qualified) ?? { kind: 'type' };
    const type = this.check(operand, scope);
    const isOptional = type.kind === 'optional' || node.op === '.?';
    const found = this.#field(type.kind === 'optional' ? type.of : type, field, at);
    return isOptional && found.kind !== 'optional' ? { kind: 'optional', of: found } : found;
  }

  #field(type: CelType, field: string, at: number): CelType {
    switch (type.kind) {
      case 'dyn':
      case 'any':
        return DYN;
      case 'map':
        return type.value;
      case 'object':
        return type.field(field) ?? this.#report(at, `undefined field '${field}'`);
      default:
        return this.#report(at, `type '${typeText(type)}' does not support field selection`);
    }
  }

  #index(node: Node, scope: Scope): CelType {
    const [operand, key] = node.args as [Node, Node];
    const type = this.check(operand, scope);
    const keyType = this.check(key, scope);
    const inner = type.kind === 'optional' ? type.of : type;
    const found = inner.kind === 'dyn' ? DYN : this.#resolve('_[_]', overloadsOf('_[_]')!, [inner, keyType], operatorAt(this.#source, operand.end, '['), false);
    return type.kind === 'optional' || node.op === '[?]' ? { kind: 'optional', of: found } : found;
  }

  #map(entries: readonly [Node, Node][], scope: Scope): CelType {
    let key: CelType | undefined;
    let value: CelType | undefined;
    for (const [left, right] of entries) {
      const types = [this.check(left, scope), this.check(right, scope)] as const;
      key = key ? joinTypes(key, types[0]) : types[0];
      value = value ? joinTypes(value, types[1]) : types[1];
    }
    return mapOf(key ?? DYN, value ?? DYN);
  }

  #conditional([condition, yes, no]: [Node, Node, Node], scope: Scope): CelType {
    const types = [this.check(condition, scope), this.check(yes, scope), this.check(no, scope)];
    return this.#resolve('_?_:_', overloadsOf('_?_:_')!, types, operatorAt(this.#source, condition.end, '?'), false);
  }

  #wantBool(node: Node, scope: Scope): void {
    const type = this.check(node, scope);
    if (!isAssignable(BOOL, type, new Map())) this.#report(placeOf(node, this.#source), `expected type 'bool' but found '${typeText(type)}'`);
  }

  #call(node: Node, name: string, args: readonly Node[], scope: Scope): CelType {
    if (name === 'has') return this.#has(args, scope);
    const at = operatorAt(this.#source, node.start + name.length, '(');
    const types = args.map((arg) => this.check(arg, scope));
    const overloads = overloadsOf(name);
    if (!overloads) return this.#report(at, `undeclared reference to '${name}' (in container '')`);
    return this.#resolve(name, overloads.filter(({ member }) => !member), types, at, false);
  }

  #has([operand]: readonly Node[], scope: Scope): CelType {
    if (!operand || (operand.op !== '.' && operand.op !== '.?')) return this.#report(operand?.start ?? 0, 'invalid argument to has() macro');
    this.check(operand, scope);
    return BOOL;
  }

  #memberCall(name: string, receiver: Node, args: readonly Node[], scope: Scope): CelType {
    const at = this.#source.indexOf('(', this.#source.indexOf(name, receiver.end));
    const library = qualifiedName(receiver);
    if (library === 'cel' && name === 'bind') return this.#bind(args, scope);
    if (library !== undefined && NAMESPACES.has(library) && !scope.has(library)) {
      const overloads = overloadsOf(`${library}.${name}`);
      const types = args.map((arg) => this.check(arg, scope));
      if (overloads) return this.#resolve(`${library}.${name}`, overloads, types, at, false);
    }
    if (COMPREHENSIONS.has(name) && args.length >= 2 && args[0]!.op === 'id') return this.#comprehension(name, receiver, args, scope);
    const target = this.check(receiver, scope);
    if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) return this.#optionalMap(name, target, args, scope);
    const types = [target, ...args.map((arg) => this.check(arg, scope))];
    const overloads = overloadsOf(name)?.filter(({ member }) => member) ?? [];
    if (overloads.length === 0) return this.#report(at, `undeclared reference to '${name}' (in container '')`);
    return this.#resolve(name, overloads, types, at, true);
  }

  #bind([variable, value, body]: readonly Node[], scope: Scope): CelType {
    const type = this.check(value!, scope);
    return this.check(body!, new Map([...scope, [String(variable!.args), type]]));
  }

  #optionalMap(name: string, target: CelType, [variable, body]: readonly Node[], scope: Scope): CelType {
    const inner = new Map([...scope, [String(variable!.args), target.kind === 'optional' ? target.of : DYN]]);
    const result = this.check(body!, inner);
    return name === 'optMap' ? { kind: 'optional', of: result } : result;
  }

  #comprehension(name: string, receiver: Node, args: readonly Node[], scope: Scope): CelType {
    const range = this.check(receiver, scope);
    let element: CelType = DYN;
    let index: CelType = INT;
    if (range.kind === 'list') element = range.of;
    else if (range.kind === 'map') [index, element] = [range.key, range.value];
    else if (range.kind !== 'dyn') this.#report(placeOf(receiver, this.#source), `expression of type '${typeText(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`);
    const single = range.kind === 'map' ? index : element;
    const hasTwo = name.startsWith('transform') || (args.length === 3 && args[1]!.op === 'id' && name !== 'map');
    const inner = new Map(scope);
    if (hasTwo) inner.set(String(args[0]!.args), index).set(String(args[1]!.args), element);
    else inner.set(String(args[0]!.args), single);
    const bodies = args.slice(hasTwo ? 2 : 1);
    const body = bodies[bodies.length - 1]!;
    for (const condition of bodies.slice(0, -1)) this.#wantBool(condition, inner);
    switch (name) {
      case 'map':
      case 'transformList':
        return listOf(this.check(body, inner));
      case 'transformMap':
        return mapOf(index, this.check(body, inner));
      case 'transformMapEntry':
        return this.check(body, inner);
      case 'filter':
        this.#wantBool(body, inner);
        return listOf(single);
      default:
        this.#wantBool(body, inner);
        return BOOL;
    }
  }

  /** models checker.resolveOverload: all that fit count; different results make a dyn. */
  #resolve(name: string, overloads: readonly Overload[], args: readonly CelType[], at: number, isMember: boolean): CelType {
    let result: CelType | undefined;
    for (const overload of overloads) {
      const bindings: Bindings = new Map();
      if (overload.args.length !== args.length || !overload.args.every((wanted, index) => isAssignable(wanted, args[index]!, bindings))) continue;
      const found = substitute(overload.result, bindings);
      result = result === undefined || typeText(result) === typeText(found) ? found : DYN;
    }
    if (result) return result;
    const texts = args.map(typeText);
    const applied = isMember ? `${texts[0]}.(${texts.slice(1).join(', ')})` : `(${texts.join(', ')})`;
    return this.#report(at, `found no matching overload for '${name}' applied to '${applied}'`);
  }
}

function literalType(value: unknown): CelType {
  if (value === null) return NULL;
  switch (typeof value) {
    case 'bigint':
      return INT;
    case 'number':
      return DOUBLE;
    case 'string':
      return STRING;
    case 'boolean':
      return BOOL;
    default:
      return value instanceof Uint8Array ? BYTES : UINT;
  }
}

/** `a.b.c` when the node is nothing but names. */
function qualifiedName(node: Node): string | undefined {
  if (node.op === 'id') return node.args as string;
  if (node.op !== '.') return undefined;
  const [operand, field] = node.args as [Node, string];
  const before = qualifiedName(operand);
  return before === undefined ? undefined : `${before}.${field}`;
}

/** Where cel-go says that a node is: at its operator, its opening parenthesis, or its beginning. */
function placeOf(node: Node, source: string): number {
  const args = node.args as any;
  switch (node.op) {
    case '.':
    case '.?':
      return operatorAt(source, (args[0] as Node).end, '.');
    case '[]':
    case '[?]':
      return operatorAt(source, (args[0] as Node).end, '[');
    case 'call':
      return operatorAt(source, node.start + (args[0] as string).length, '(');
    case 'rcall':
      return source.indexOf('(', source.indexOf(args[0] as string, (args[1] as Node).end));
    case '?:':
      return operatorAt(source, (args[0] as Node).end, '?');
    case 'value':
    case 'id':
    case 'list':
    case 'map':
    case '!_':
    case '-_':
      return node.start;
    default:
      return operatorAt(source, (args[0] as Node).end, node.op);
  }
}
