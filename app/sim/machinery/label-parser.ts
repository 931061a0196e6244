import { newBadRequest } from './errors.ts';
import type { RequirementOperator } from './labels.ts';

// models k8s.io/apimachinery/pkg/labels: Lexer and Parser.
//   selector     = requirement { "," requirement }
//   requirement  = [ "!" ] KEY [ ( "in" | "notin" ) "(" values ")" | ( "=" | "==" | "!=" | ">" | "<" ) VALUE ]

interface Token {
  readonly type: 'identifier' | 'in' | 'notin' | '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '>' | '<' | 'end' | 'error';
  readonly text: string;
}

export interface ParsedRequirement {
  readonly key: string;
  readonly operator: RequirementOperator;
  readonly values: readonly string[];
}

const SYMBOLS = ['==', '!=', '=', '!', '(', ')', ',', '>', '<'] as const;
const OPERATORS: Readonly<Partial<Record<Token['type'], RequirementOperator>>> = {
  in: 'in', notin: 'notin', '=': '=', '==': '==', '!=': '!=', '>': 'gt', '<': 'lt',
};

export function parseRequirements(text: string): ParsedRequirement[] {
  return new Parser(tokenize(text)).parse();
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [piece] of text.matchAll(/[=!(),<>]+|[^=!(),<>\s]+/g)) {
    if (!/^[=!(),<>]/.test(piece)) {
      tokens.push({ type: piece === 'in' || piece === 'notin' ? piece : 'identifier', text: piece });
      continue;
    }
    for (let rest: string = piece; rest !== ''; ) {
      const symbol = SYMBOLS.find((candidate) => rest.startsWith(candidate))!;
      tokens.push({ type: symbol, text: symbol });
      rest = rest.slice(symbol.length);
    }
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): ParsedRequirement[] {
    const requirements: ParsedRequirement[] = [];
    for (;;) {
      const first = this.#peek();
      if (first.type === 'end') return requirements;
      if (first.type !== 'identifier' && first.type !== '!') throw newBadRequest(`found '${first.text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.#requirement());
      const separator = this.#next();
      if (separator.type === 'end') return requirements;
      if (separator.type !== ',') throw newBadRequest(`found '${separator.text}', expected: ',' or 'end of string'`);
      const following = this.#peek();
      if (following.type !== 'identifier' && following.type !== '!') throw newBadRequest(`found '${following.text}', expected: identifier after ','`);
    }
  }

  /** In the place of a key or a value, `in` and `notin` are plain words. */
  #peek(asOperator = false): Token {
    const token = this.#tokens[this.#position] ?? { type: 'end', text: '' };
    return !asOperator && (token.type === 'in' || token.type === 'notin') ? { type: 'identifier', text: token.text } : token;
  }

  #next(asOperator = false): Token {
    const token = this.#peek(asOperator);
    this.#position++;
    return token;
  }

  #requirement(): ParsedRequirement {
    let token = this.#next();
    const negated = token.type === '!';
    if (negated) token = this.#next();
    if (token.type !== 'identifier') throw refuse(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const following = this.#peek();
    if (negated) return { key, operator: '!', values: [] };
    if (following.type === 'end' || following.type === ',') return { key, operator: 'exists', values: [] };
    const operatorToken = this.#next(true);
    const operator = OPERATORS[operatorToken.type];
    if (!operator) throw refuse(`found '${operatorToken.text}', expected: in, notin, =, ==, !=, gt, lt`);
    return { key, operator, values: operator === 'in' || operator === 'notin' ? this.#set() : [this.#exactValue()] };
  }

  #exactValue(): string {
    const token = this.#peek();
    if (token.type === 'end' || token.type === ',') return '';
    this.#next();
    if (token.type !== 'identifier') throw refuse(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  #set(): string[] {
    const open = this.#next();
    if (open.type !== '(') throw refuse(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.type === ')') {
      this.#next();
      return [''];
    }
    if (first.type !== 'identifier' && first.type !== ',') throw refuse(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = this.#setMembers();
    const close = this.#next();
    if (close.type !== ')') throw refuse(`found '${close.text}', expected: ')'`);
    return [...values];
  }

  #setMembers(): Set<string> {
    const values = new Set<string>();
    for (;;) {
      const token = this.#next();
      const following = this.#peek();
      if (token.type === 'identifier') {
        values.add(token.text);
        if (following.type === ')') return values;
        if (following.type !== ',') throw refuse(`found '${following.text}', expected: ',' or ')'`);
      } else if (token.type === ',') {
        if (values.size === 0) values.add('');
        if (following.type === ')') return values.add('');
        if (following.type === ',') {
          this.#next();
          values.add('');
        }
      } else {
        throw refuse(`found '${token.text}', expected: ',', or identifier`);
      }
    }
  }
}

function refuse(message: string): Error {
  return newBadRequest(`unable to parse requirement: ${message}`);
}
