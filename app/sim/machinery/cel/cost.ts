import type { Node } from './syntax.ts';
import type { CelType } from './types.ts';

/** How big the value at a path can get; undefined: nobody knows. `@items`, `@values`, `@keys` go into lists and maps. */
export type SizeOf = (path: readonly string[]) => number | undefined;

interface Estimate {
  readonly cost: number;
  /** How big the result can be, where size matters. */
  readonly size: number;
  readonly path?: readonly string[];
}

type Paths = ReadonlyMap<string, Estimate>;

const UNKNOWN = 2 ** 64;
/** Reading a character of a string costs a tenth of a step. */
const PER_CHARACTER = 0.1;
const LIST = 10;
const MAP = 30;

/**
 * The most that an expression can cost when it runs.
 *
 * models cel-go/checker: cost.go and apiserver/pkg/cel/library: cost.go, as far as strings, lists, maps and comprehensions
 */
export function estimate(node: Node, types: ReadonlyMap<Node, CelType>, sizeOf: SizeOf): number {
  return Math.min(UNKNOWN, new Estimator(types, sizeOf).visit(node, new Map()).cost);
}

class Estimator {
  readonly #types: ReadonlyMap<Node, CelType>;
  readonly #sizeOf: SizeOf;

  constructor(types: ReadonlyMap<Node, CelType>, sizeOf: SizeOf) {
    this.#types = types;
    this.#sizeOf = sizeOf;
  }

  visit(node: Node, scope: Paths): Estimate {
    const args = node.args as any;
    switch (node.op) {
      case 'value':
        return { cost: 0, size: typeof args === 'string' ? args.length : 1 };
      case 'id':
        return this.#known(1, [args as string], scope);
      case '.':
      case '.?': {
        const operand = this.visit(args[0] as Node, scope);
        return this.#at(operand.cost + 1, operand.path, String(args[1]));
      }
      case '[]':
      case '[?]': {
        const operand = this.visit(args[0] as Node, scope);
        const key = this.visit(args[1] as Node, scope);
        return this.#at(operand.cost + key.cost + 1, operand.path, this.#types.get(args[0] as Node)?.kind === 'list' ? '@items' : '@values');
      }
      case 'list':
        return { cost: LIST + this.#sum(args as Node[], scope), size: (args as Node[]).length };
      case 'map':
        return { cost: MAP + this.#sum((args as [Node, Node][]).flat(), scope), size: (args as Node[]).length };
      case '?:': {
        const [condition, yes, no] = (args as Node[]).map((arg) => this.visit(arg, scope)) as [Estimate, Estimate, Estimate];
        return { cost: condition.cost + Math.max(yes.cost, no.cost), size: Math.max(yes.size, no.size) };
      }
      case '&&':
      case '||':
        return { cost: this.#sum(args as Node[], scope), size: 1 };
      case '!_':
      case '-_':
        return { cost: 1 + this.visit(args as Node, scope).cost, size: 1 };
      case 'call':
        return args[0] === 'has' ? { cost: this.visit(args[1][0] as Node, scope).cost, size: 1 } : this.#function(args[0] as string, (args[1] as Node[]).map((arg) => this.visit(arg, scope)));
      case 'rcall':
        return this.#member(args[0] as string, args[1] as Node, args[2] as Node[], scope);
      default:
        return this.#binary(node.op, args as [Node, Node], scope);
    }
  }

  #sum(nodes: readonly Node[], scope: Paths): number {
    return nodes.reduce((total, node) => total + this.visit(node, scope).cost, 0);
  }

  #known(cost: number, path: readonly string[], scope: Paths): Estimate {
    const local = scope.get(path[0]!);
    return local ? { ...local, cost } : { cost, size: this.#sizeOf(path) ?? UNKNOWN, path };
  }

  #at(cost: number, path: readonly string[] | undefined, step: string): Estimate {
    if (!path) return { cost, size: UNKNOWN };
    const next = [...path, step];
    return { cost, size: this.#sizeOf(next) ?? UNKNOWN, path: next };
  }

  #binary(operator: string, [left, right]: [Node, Node], scope: Paths): Estimate {
    const a = this.visit(left, scope);
    const b = this.visit(right, scope);
    const cost = a.cost + b.cost;
    const kind = this.#types.get(left)?.kind;
    const isText = kind === 'string' || kind === 'bytes';
    switch (operator) {
      case '+':
        if (isText) return { cost: cost + Math.ceil((a.size + b.size) * PER_CHARACTER), size: a.size + b.size };
        return { cost: cost + 1, size: kind === 'list' ? a.size + b.size : 1 };
      case 'in':
        return { cost: cost + (this.#types.get(right)?.kind === 'list' ? b.size : 1), size: 1 };
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=': {
        const sized = isText || kind === 'list' || kind === 'map';
        return { cost: cost + (sized ? Math.max(1, Math.ceil(Math.min(a.size, b.size) * PER_CHARACTER)) : 1), size: 1 };
      }
      default:
        return { cost: cost + 1, size: 1 };
    }
  }

  #function(name: string, args: readonly Estimate[]): Estimate {
    const cost = args.reduce((total, arg) => total + arg.cost, 0);
    const [first] = args;
    const length = first?.size ?? 0;
    if (['timestamp', 'duration', 'int', 'uint', 'double', 'bool', 'size', 'type', 'dyn'].includes(name)) return { cost: cost + 1, size: name === 'dyn' ? length : 1, ...(name === 'dyn' && first?.path ? { path: first.path } : {}) };
    if (name === 'string' || name === 'bytes') return { cost: cost + 1, size: UNKNOWN };
    return { cost: cost + Math.ceil(length * PER_CHARACTER), size: 1 };
  }

  #member(name: string, receiver: Node, args: readonly Node[], scope: Paths): Estimate {
    if (receiver.op === 'id' && receiver.args === 'cel' && name === 'bind') {
      const bound = this.visit(args[1]!, scope);
      const body = this.visit(args[2]!, new Map([...scope, [String(args[0]!.args), bound]]));
      return { ...body, cost: body.cost + bound.cost };
    }
    const target = this.visit(receiver, scope);
    if (LOOPS.has(name) && args.length >= 2 && args[0]!.op === 'id') return this.#loop(name, target, receiver, args, scope);
    const estimates = args.map((arg) => this.visit(arg, scope));
    const cost = target.cost + estimates.reduce((total, item) => total + item.cost, 0);
    return textMember(name, cost, target, estimates);
  }

  #loop(name: string, target: Estimate, receiver: Node, args: readonly Node[], scope: Paths): Estimate {
    const isList = this.#types.get(receiver)?.kind !== 'map';
    const item = this.#at(1, target.path, isList ? '@items' : '@keys');
    const inner = new Map(scope);
    const hasTwo = name.startsWith('transform') || (args.length === 3 && args[1]!.op === 'id' && name !== 'map');
    inner.set(String(args[0]!.args), hasTwo ? { cost: 1, size: isList ? 1 : item.size } : item);
    if (hasTwo) inner.set(String(args[1]!.args), isList ? item : this.#at(1, target.path, '@values'));
    const bodies = args.slice(hasTwo ? 2 : 1).map((body) => this.visit(body, inner));
    const builds = !['all', 'exists', 'exists_one', 'existsOne'].includes(name);
    const each = bodies.reduce((total, body) => total + body.cost, 0) + (builds ? LIST + 2 : 2);
    return { cost: target.cost + 1 + target.size * each + (builds ? LIST : 0), size: builds ? target.size : 1 };
  }
}

const LOOPS = new Set(['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter', 'transformList', 'transformMap', 'transformMapEntry']);

/** Members that read a string through, and those that make a new one. */
function textMember(name: string, cost: number, target: Estimate, args: readonly Estimate[]): Estimate {
  const read = Math.ceil(target.size * PER_CHARACTER);
  const first = args[0]?.size ?? 0;
  switch (name) {
    case 'size':
      return { cost: cost + 1, size: 1 };
    case 'startsWith':
    case 'endsWith':
      return { cost: cost + Math.ceil(first * PER_CHARACTER), size: 1 };
    case 'contains':
    case 'indexOf':
    case 'lastIndexOf':
      return { cost: cost + read * Math.max(1, Math.ceil(first * PER_CHARACTER)), size: 1 };
    case 'matches':
    case 'find':
    case 'findAll':
      return { cost: cost + Math.ceil((target.size + 1) * PER_CHARACTER) * Math.ceil(first * 0.25), size: target.size };
    case 'lowerAscii':
    case 'upperAscii':
    case 'substring':
    case 'trim':
    case 'reverse':
    case 'split':
      return { cost: cost + read, size: target.size };
    case 'replace':
      return { cost: cost + read, size: target.size * Math.max(1, args[1]?.size ?? 1) };
    case 'orValue':
    case 'value':
      return { cost: cost + 1, size: Math.max(target.size, first), ...(target.path ? { path: target.path } : {}) };
    case 'isSorted':
    case 'sum':
    case 'max':
    case 'min':
      return { cost: cost + target.size, size: 1 };
    case 'format':
    case 'join':
      return { cost: cost + read, size: UNKNOWN };
    default:
      return { cost: cost + 1, size: 1 };
  }
}
