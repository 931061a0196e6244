import { isRecord } from './objects.ts';

/** The path is none; the message says where, as the real server does. */
export class JsonPathError extends Error {}

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: 'all' }
  | { readonly kind: 'deep'; readonly name: string }
  | { readonly kind: 'filter'; readonly left: readonly Step[]; readonly operator: string | undefined; readonly right: unknown };

/**
 * The dialect of JSONPath of printer columns, scale and `kubectl -o jsonpath`: `.spec.a`, `['a.b']`, `[0]`, `[*]`,
 * `[?(@.type=="Ready")].status`, `..name`.
 *
 * models k8s.io/client-go/util/jsonpath
 */
export class JsonPath {
  readonly #steps: readonly Step[];

  /** @throws JsonPathError */
  constructor(text: string) {
    this.#steps = new PathParser(text).parse();
  }

  find(value: unknown): unknown[] {
    return follow(this.#steps, [value]);
  }
}

class PathParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Step[] {
    const steps: Step[] = [];
    if (this.#text.startsWith('$')) this.#at = 1;
    while (this.#at < this.#text.length) steps.push(...this.#step());
    return steps;
  }

  #step(): Step[] {
    const rest = this.#text.slice(this.#at);
    const deep = /^\.\.([^\s.[\]]+)/.exec(rest);
    if (deep) return this.#take(deep[0], { kind: 'deep', name: deep[1]! });
    if (rest === '.') return this.#take('.');
    const field = /^\.?((?:\\.|[^\s.[\]()])+)/.exec(rest);
    if (field && !rest.startsWith('[')) {
      const name = field[1]!.replaceAll(/\\(.)/g, '$1');
      return this.#take(field[0], name === '*' ? { kind: 'all' } : { kind: 'field', name });
    }
    if (rest.startsWith('.[')) return this.#take('.');
    if (rest.startsWith('[')) return this.#bracket(rest);
    throw new JsonPathError(`unrecognized character in action: U+${rest.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} '${rest[0]}'`);
  }

  #bracket(rest: string): Step[] {
    const quoted = /^\[\s*(?:'((?:\\.|[^'])*)'|"((?:\\.|[^"])*)")\s*\]/.exec(rest);
    if (quoted) return this.#take(quoted[0], { kind: 'field', name: (quoted[1] ?? quoted[2])!.replaceAll(/\\(.)/g, '$1') });
    const all = /^\[\s*\*\s*\]/.exec(rest);
    if (all) return this.#take(all[0], { kind: 'all' });
    const index = /^\[\s*(-?\d+)\s*\]/.exec(rest);
    if (index) return this.#take(index[0], { kind: 'index', index: Number(index[1]) });
    const slice = /^\[\s*(-?\d*)\s*:\s*(-?\d*)\s*\]/.exec(rest);
    if (slice) return this.#take(slice[0], { kind: 'slice', from: slice[1] ? Number(slice[1]) : undefined, to: slice[2] ? Number(slice[2]) : undefined });
    const filter = /^\[\?\(\s*@((?:[^()=!<>"']|\['[^']*'\])*?)\s*(?:(==|!=|<=|>=|<|>)\s*("[^"]*"|'[^']*'|[^)]+?))?\s*\)\]/.exec(rest);
    if (filter) return this.#take(filter[0], { kind: 'filter', left: new PathParser(filter[1]!.trim()).parse(), operator: filter[2], right: filter[3] === undefined ? undefined : literal(filter[3]) });
    if (!rest.includes(']')) throw new JsonPathError(rest.startsWith('[?') ? 'unterminated filter' : 'unterminated array');
    throw new JsonPathError(`invalid array index ${rest.slice(1, rest.indexOf(']'))}`);
  }

  #take(text: string, step?: Step): Step[] {
    this.#at += text.length;
    return step ? [step] : [];
  }
}

function literal(text: string): unknown {
  if (/^["']/.test(text)) return text.slice(1, -1);
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function follow(steps: readonly Step[], values: readonly unknown[]): unknown[] {
  return steps.reduce<unknown[]>((found, step) => found.flatMap((value) => next(step, value)), [...values]);
}

function next(step: Step, value: unknown): unknown[] {
  switch (step.kind) {
    case 'field':
      return isRecord(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'index': {
      const index = step.index < 0 && Array.isArray(value) ? value.length + step.index : step.index;
      return Array.isArray(value) && index in value ? [value[index]] : [];
    }
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to) : [];
    case 'all':
      return Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];
    case 'deep':
      return descend(value, step.name);
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => passes(step, item)) : [];
  }
}

function descend(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => descend(item, name));
  if (!isRecord(value)) return [];
  return [...(Object.hasOwn(value, name) ? [value[name]] : []), ...Object.values(value).flatMap((item) => descend(item, name))];
}

function passes({ left, operator, right }: Extract<Step, { kind: 'filter' }>, item: unknown): boolean {
  const [found] = follow(left, [item]);
  if (operator === undefined) return found !== undefined;
  if (found === undefined) return false;
  switch (operator) {
    case '==':
      return found === right;
    case '!=':
      return found !== right;
    case '<':
      return (found as number) < (right as number);
    case '<=':
      return (found as number) <= (right as number);
    case '>':
      return (found as number) > (right as number);
    default:
      return (found as number) >= (right as number);
  }
}
