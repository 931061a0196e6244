/** What an awk program is made of. */
export type Expression =
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'regex'; readonly source: string }
  | { readonly type: 'variable'; readonly name: string }
  | { readonly type: 'field'; readonly index: Expression }
  | { readonly type: 'element'; readonly name: string; readonly keys: readonly Expression[] }
  | { readonly type: 'in'; readonly name: string; readonly keys: readonly Expression[] }
  | { readonly type: 'assign'; readonly operator: string; readonly target: Expression; readonly value: Expression }
  | { readonly type: 'step'; readonly by: 1 | -1; readonly prefix: boolean; readonly target: Expression }
  | { readonly type: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly type: 'unary'; readonly operator: string; readonly operand: Expression }
  | { readonly type: 'ternary'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly type: 'getline'; readonly target?: Expression; readonly file?: Expression; readonly command?: Expression };

export interface OutputTarget {
  readonly operator: '>' | '>>' | '|';
  readonly target: Expression;
}

export type Statement =
  | { readonly type: 'block'; readonly body: readonly Statement[] }
  | { readonly type: 'expression'; readonly expression: Expression }
  | { readonly type: 'print'; readonly formatted: boolean; readonly args: readonly Expression[]; readonly output?: OutputTarget }
  | { readonly type: 'if'; readonly test: Expression; readonly yes: Statement; readonly no?: Statement }
  | { readonly type: 'while'; readonly test: Expression; readonly body: Statement; readonly first: boolean }
  | { readonly type: 'for'; readonly start?: Statement; readonly test?: Expression; readonly step?: Statement; readonly body: Statement }
  | { readonly type: 'for-in'; readonly variable: string; readonly name: string; readonly body: Statement }
  | { readonly type: 'next' | 'break' | 'continue' | 'nextfile' }
  | { readonly type: 'exit' | 'return'; readonly value?: Expression }
  | { readonly type: 'delete'; readonly name: string; readonly keys?: readonly Expression[] };

export interface Rule {
  readonly pattern: 'BEGIN' | 'END' | Expression | undefined;
  readonly until?: Expression;
  readonly action: Statement | undefined;
}

export interface AwkFunction {
  readonly parameters: readonly string[];
  readonly body: Statement;
}

export interface AwkProgram {
  readonly rules: readonly Rule[];
  readonly functions: ReadonlyMap<string, AwkFunction>;
}

export class AwkSyntaxError extends Error {}
