/** What an expression reads and sets. */
export interface ArithmeticScope {
  variable(name: string): string | undefined;
  setVariable(name: string, value: string): void;
  /** bash's and ash's operators beyond POSIX: ++, --, **. */
  readonly extended: boolean;
}

export class ArithmeticError extends Error {
  /** What could not be computed. */
  expression = '';
}

const LEVELS: readonly (readonly string[])[] = [['||'], ['&&'], ['|'], ['^'], ['&'], ['==', '!='], ['<=', '>=', '<', '>'], ['<<', '>>'], ['+', '-'], ['*', '/', '%'], ['**']];
const TOKEN = /\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|\*\*|<<=|>>=|\+\+|--|&&|\|\||<<|>>|<=|>=|==|!=|[-+*/%&|^]=|[-+*/%&|^<>!~=?:(),])/y;
const POSIX_TOKEN = /\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|<<=|>>=|&&|\|\||<<|>>|<=|>=|==|!=|[-+*/%&|^]=|[-+*/%&|^<>!~=?:(),])/y;

/** 64-bit whole numbers with C's operators, assignments included. */
export function arithmetic(text: string, scope: ArithmeticScope): bigint {
  try {
    return evaluate(text.trim(), scope);
  } catch (error) {
    if (error instanceof ArithmeticError && error.expression === '') error.expression = text;
    throw error;
  }
}

function evaluate(text: string, scope: ArithmeticScope): bigint {
  const token = scope.extended ? TOKEN : POSIX_TOKEN;
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (!match) throw new ArithmeticError('arithmetic syntax error');
    tokens.push(match[1]!);
  }
  if (tokens.length === 0) return 0n;
  const parser = new Evaluator(tokens, scope);
  const value = parser.comma();
  if (!parser.done) throw new ArithmeticError(scope.extended ? 'arithmetic syntax error' : 'expecting EOF');
  return value;
}

class Evaluator {
  readonly #tokens: readonly string[];
  readonly #scope: ArithmeticScope;
  #at = 0;
  /** In a branch that is not taken nothing is assigned and nothing divides by zero. */
  #idle = 0;

  constructor(tokens: readonly string[], scope: ArithmeticScope) {
    this.#tokens = tokens;
    this.#scope = scope;
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  comma(): bigint {
    let value = this.#assignment();
    while (this.#accept(',')) value = this.#assignment();
    return value;
  }

  #assignment(): bigint {
    const name = this.#tokens[this.#at];
    const operator = this.#tokens[this.#at + 1];
    if (name && /^[A-Za-z_]/.test(name) && operator && /^(=|[-+*/%&|^]=|<<=|>>=)$/.test(operator)) {
      this.#at += 2;
      const right = this.#assignment();
      const value = operator === '=' ? right : this.#apply(operator.slice(0, -1), this.#value(name), right);
      return this.#set(name, value);
    }
    return this.#ternary();
  }

  #ternary(): bigint {
    const test = this.#binary(0);
    if (!this.#accept('?')) return test;
    const yes = this.#maybe(test !== 0n, () => this.#assignment());
    if (!this.#accept(':')) throw new ArithmeticError('arithmetic syntax error');
    const no = this.#maybe(test === 0n, () => this.#assignment());
    return test !== 0n ? yes : no;
  }

  #maybe(isTaken: boolean, evaluate: () => bigint): bigint {
    if (!isTaken) this.#idle++;
    try {
      return evaluate();
    } finally {
      if (!isTaken) this.#idle--;
    }
  }

  #binary(level: number): bigint {
    const operators = LEVELS[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    for (let operator = this.#tokens[this.#at]; operator !== undefined && operators.includes(operator); operator = this.#tokens[this.#at]) {
      this.#at++;
      if (operator === '&&' || operator === '||') {
        const isNeeded = operator === '&&' ? left !== 0n : left === 0n;
        const right = this.#maybe(isNeeded, () => this.#binary(level + 1));
        left = BigInt(operator === '&&' ? left !== 0n && right !== 0n : left !== 0n || right !== 0n);
      } else left = this.#apply(operator, left, this.#binary(level + 1));
    }
    return left;
  }

  #unary(): bigint {
    const token = this.#tokens[this.#at++];
    switch (token) {
      case undefined:
        throw new ArithmeticError('arithmetic syntax error');
      case '-':
        return -this.#unary();
      case '+':
        return this.#unary();
      case '!':
        return BigInt(this.#unary() === 0n);
      case '~':
        return ~this.#unary();
      case '++':
      case '--': {
        const name = this.#tokens[this.#at++] ?? '';
        return this.#set(name, this.#value(name) + (token === '++' ? 1n : -1n));
      }
      case '(': {
        const value = this.comma();
        if (!this.#accept(')')) throw new ArithmeticError('arithmetic syntax error');
        return value;
      }
    }
    if (/^[A-Za-z_]/.test(token)) {
      const value = this.#value(token);
      if (this.#accept('++')) this.#set(token, value + 1n);
      else if (this.#accept('--')) this.#set(token, value - 1n);
      return value;
    }
    if (/^0[0-7]+$/.test(token)) return BigInt(`0o${token.slice(1)}`);
    if (/^\d|^0x/i.test(token)) return BigInt(token);
    throw new ArithmeticError('arithmetic syntax error');
  }

  #value(name: string): bigint {
    const text = (this.#scope.variable(name) ?? '').trim();
    if (text === '') return 0n;
    if (/^-?(0x[0-9a-f]+|\d+)$/i.test(text)) return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
    if (/^[A-Za-z_]\w*$/.test(text) && text !== name) return this.#value(text);
    throw new ArithmeticError('arithmetic syntax error');
  }

  #set(name: string, value: bigint): bigint {
    if (this.#idle === 0) this.#scope.setVariable(name, String(value));
    return value;
  }

  #apply(operator: string, a: bigint, b: bigint): bigint {
    const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
    switch (operator) {
      case '+': return wrap(a + b);
      case '-': return wrap(a - b);
      case '*': return wrap(a * b);
      case '**': return wrap(a ** b);
      case '/':
      case '%':
        if (b === 0n) {
          if (this.#idle > 0) return 0n;
          throw new ArithmeticError('divide by zero');
        }
        return operator === '/' ? a / b : a % b;
      case '<<': return wrap(a << b);
      case '>>': return wrap(a >> b);
      case '&': return a & b;
      case '|': return a | b;
      case '^': return a ^ b;
      case '==': return BigInt(a === b);
      case '!=': return BigInt(a !== b);
      case '<': return BigInt(a < b);
      case '>': return BigInt(a > b);
      case '<=': return BigInt(a <= b);
      default: return BigInt(a >= b);
    }
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }
}
