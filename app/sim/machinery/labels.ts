import type { LabelSelector } from '../../contracts/k8s/index.ts';
import { newBadRequest } from './errors.ts';
import { fieldErrorBody, type FieldError } from './field-error.ts';
import { parseRequirements } from './label-parser.ts';
import { labelValueProblems, qualifiedNameProblems } from './names.ts';

export type Labels = Readonly<Record<string, string>> | undefined;

export type RequirementOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

/** One term of a selector. `values` is sorted. */
export interface Requirement {
  readonly key: string;
  readonly operator: RequirementOperator;
  readonly values: readonly string[];
}

/** All requirements must hold. */
export interface Selector {
  readonly requirements: readonly Requirement[];
  /** Selects everything. */
  readonly empty: boolean;
  matches(labels: Labels): boolean;
  /** Canonical text, requirements sorted by key. */
  toString(): string;
}

/** models k8s.io/apimachinery/pkg/labels: Parse. Throws a BadRequest StatusError with upstream's words. */
export function parseSelector(text: string): Selector {
  return makeSelector(parseRequirements(text).map(({ key, operator, values }) => checked(key, operator, values)));
}

/** Every pair must be there. models labels: SelectorFromSet */
export function selectorFromSet(set: Labels): Selector {
  return makeSelector(Object.entries(set ?? {}).map(([key, value]): Requirement => ({ key, operator: '=', values: [value] })));
}

export const EVERYTHING: Selector = makeSelector([]);
export const NOTHING: Selector = { requirements: [], empty: false, matches: () => false, toString: () => '' };

/** models metav1: LabelSelectorAsSelector. No selector selects nothing, an empty one everything. */
export function selectorFromLabelSelector(selector: LabelSelector | undefined): Selector {
  if (!selector) return NOTHING;
  const requirements: Requirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] }));
  for (const expression of selector.matchExpressions ?? []) {
    const operator = EXPRESSION_OPERATORS[expression.operator];
    if (!operator) throw newBadRequest(`${JSON.stringify(expression.operator)} is not a valid label selector operator`);
    requirements.push({ key: expression.key, operator, values: [...(expression.values ?? [])].sort() });
  }
  return requirements.length === 0 ? EVERYTHING : makeSelector(requirements);
}

const EXPRESSION_OPERATORS: Readonly<Record<string, RequirementOperator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };

/** models metav1: FormatLabelSelector, which `kubectl get -o wide` and describe print. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  const made = selectorFromLabelSelector(selector);
  return made === NOTHING ? '' : made.toString() || '<none>';
}

function makeSelector(unsorted: readonly Requirement[]): Selector {
  const requirements = [...unsorted].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return {
    requirements,
    empty: requirements.length === 0,
    matches: (labels) => requirements.every((requirement) => holds(requirement, labels)),
    toString: () => requirements.map(requirementText).join(','),
  };
}

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default: {
      if (value === undefined || !/^[+-]?\d+$/.test(value)) return false;
      return operator === 'gt' ? BigInt(value) > BigInt(values[0]!) : BigInt(value) < BigInt(values[0]!);
    }
  }
}

function requirementText({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}

/** models labels: NewRequirement's checks. */
function checked(key: string, operator: RequirementOperator, values: readonly string[]): Requirement {
  const findings: FieldError[] = [];
  const invalid = (field: string, value: unknown, detail: string): void => void findings.push({ type: 'Invalid', field, value, detail });
  const keyProblem = qualifiedNameProblems(key);
  if (keyProblem.length > 0) invalid('<nil>', key, keyProblem.join('; '));
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    invalid('values', values, "for 'in', 'notin' operators, values set can't be empty");
  }
  for (const [index, value] of values.entries()) {
    if (operator === 'gt' || operator === 'lt') {
      if (!/^[+-]?\d+$/.test(value)) invalid(`values[${index}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer");
    }
    const problems = labelValueProblems(value);
    if (problems.length > 0) invalid(`values[${index}][${key}]`, value, problems.join('; '));
  }
  if (findings.length > 0) {
    const texts = findings.map((finding) => `${finding.field}: ${fieldErrorBody(finding)}`);
    throw newBadRequest(`unable to parse requirement: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`);
  }
  return { key, operator, values: [...values].sort() };
}
