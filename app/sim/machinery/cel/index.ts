import { checkExpression, type Checked, type Scope } from './checker.ts';
import { evaluateNode, Lazy, type Variables } from './evaluate.ts';
import { issueText, parseExpression, SyntaxIssue, type Node } from './syntax.ts';
import { typeText, type CelType } from './types.ts';

export { Lazy };
export { CelError, fromJson, toJson, Optional, Timestamp, Duration, Opaque } from './values.ts';
export { parseTimestamp, parseDuration } from './functions/conversions.ts';
export * from './types.ts';
export type { Scope, Variables };

/** An expression that was read and checked. */
export interface Program {
  readonly source: string;
  readonly node: Node;
  readonly type: CelType;
  readonly checked: Checked;
  /** @throws CelError */
  run(variables: Variables): unknown;
}

export type Compiled = { readonly program: Program; readonly problem?: undefined } | { readonly problem: string; readonly program?: undefined };

const noTime = (): number => 0;

/**
 * Reads and checks an expression. `problem`: what cel-go prints of it, all findings, each with its place.
 * @param wanted the types that the result may have; anything when absent.
 */
export function compileCel(source: string, scope: Scope): Compiled {
  let node: Node;
  try {
    node = parseExpression(source);
  } catch (error) {
    if (error instanceof SyntaxIssue) return { problem: issueText(source, error.issue) };
    throw error;
  }
  const checked = checkExpression(node, source, scope);
  if (checked.issues.length > 0) {
    const sorted = [...checked.issues].sort((a, b) => a.at - b.at);
    return { problem: sorted.map((issue) => issueText(source, issue)).join('\n') };
  }
  return { program: { source, node, type: checked.type, checked, run: (variables) => evaluateNode(node, variables, noTime) } };
}

/** Whether a result of this type will do where one of the wanted is asked for: dyn is found out when it runs. */
export function isExactType(type: CelType, wanted: CelType): boolean {
  return type.kind === 'any' || typeText(type) === typeText(wanted);
}
