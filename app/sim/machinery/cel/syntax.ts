import { Environment, type ASTNode } from '@marcbachmann/cel-js';

export type Node = ASTNode;

/** One finding about an expression, at an offset in its text. */
export interface Issue {
  readonly at: number;
  readonly message: string;
}

/** How cel-go prints it: the place, the line, a caret. */
export function issueText(source: string, { at, message }: Issue): string {
  const before = source.slice(0, at);
  const line = before.split('\n').length;
  const start = before.lastIndexOf('\n') + 1;
  const column = [...source.slice(start, at)].length;
  const shown = source.slice(start).split('\n')[0]!.replaceAll('\t', ' ');
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${shown}\n | ${'.'.repeat(column)}^`;
}

export class SyntaxIssue extends Error {
  readonly issue: Issue;
  constructor(issue: Issue) {
    super(issue.message);
    this.issue = issue;
  }
}

const environment = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true, limits: { maxDepth: 400, maxAstNodes: 50_000 } });
const PRIMARY = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** @throws SyntaxIssue */
export function parseExpression(source: string): Node {
  if (source.trim() === '') throw new SyntaxIssue({ at: source.length, message: `Syntax error: mismatched input '<EOF>' expecting ${PRIMARY}` });
  try {
    return environment.parse(plainMaps(source)).ast;
  } catch (error) {
    throw new SyntaxIssue(syntaxIssue(source, error as Error & { range?: { start: number; end: number } }));
  }
}

/** In ANTLR's words, as far as the place tells. */
function syntaxIssue(source: string, error: Error & { range?: { start: number; end: number }; code?: string }): Issue {
  const at = Math.min(error.range?.start ?? 0, source.length);
  const token = /^\s*(\w+|\S)/.exec(source.slice(at))?.[1];
  const summary = error.message.split('\n')[0]!;
  if (error.code === 'unterminated_string') return { at, message: `Syntax error: token recognition error at: '${source.slice(at).replaceAll("'", "'")}'` };
  if (/\.\s*$/.test(source)) return { at: source.length, message: `Syntax error: no viable alternative at input '.'` };
  if (token === undefined || summary.includes('EOF')) return { at: source.length, message: `Syntax error: mismatched input '<EOF>' expecting ${/Expected (RPAREN|COLON|RBRACKET|RBRACE)/.test(summary) ? expectedToken(summary) : PRIMARY}` };
  if (summary.startsWith('Expected')) return { at, message: `Syntax error: mismatched input '${token}' expecting ${expectedToken(summary)}` };
  if (summary.startsWith('Unexpected token')) return { at, message: `Syntax error: mismatched input '${token}' expecting ${PRIMARY}` };
  const rest = source.slice(at + token.length).trim();
  return { at, message: rest === '' ? `Syntax error: extraneous input '${token}' expecting <EOF>` : `Syntax error: mismatched input '${token}' expecting <EOF>` };
}

const TOKENS: Readonly<Record<string, string>> = { RPAREN: "')'", COLON: "':'", RBRACKET: "']'", RBRACE: "'}'", IDENTIFIER: 'IDENTIFIER' };

function expectedToken(summary: string): string {
  const [, name = ''] = /Expected (\w+)/.exec(summary) ?? [];
  return TOKENS[name] ?? name;
}

/**
 * `Object.spec{replicas: 3}` as a map with the same fields, for the parser knows no message types. The name stays as blanks,
 * so that places stay.
 */
function plainMaps(source: string): string {
  if (!/\b[A-Z]\w*(\.\w+)*\s*\{/.test(source)) return source;
  let result = '';
  const isStruct: boolean[] = [];
  const token = /("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|((?:\b[A-Z]\w*)(?:\.\w+)*)(\s*\{)|([{}])|(\w+)(\s*:)|([\s\S])/gy;
  for (let match = token.exec(source); match; match = token.exec(source)) {
    const [whole, , name, brace, plain, field, colon] = match;
    if (name !== undefined) {
      isStruct.push(true);
      result += ' '.repeat(name.length) + brace!;
    } else if (plain === '{' || plain === '}') {
      if (plain === '{') isStruct.push(false);
      else isStruct.pop();
      result += plain;
    } else if (field !== undefined && isStruct[isStruct.length - 1]) result += `${JSON.stringify(field)}${colon}`;
    else result += whole;
  }
  return result;
}

/** Where an operator stands: after its left side, past blanks and closing parentheses. */
export function operatorAt(source: string, after: number, operator: string): number {
  for (let index = after; index < source.length; index++) {
    if (source.startsWith(operator, index)) return index;
    if (!/[\s)]/.test(source[index]!)) break;
  }
  return after;
}
