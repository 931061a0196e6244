import type { ExpressionWarning, NamedRuleWithOperations, ValidatingAdmissionPolicy } from '../../../contracts/k8s/index.ts';
import { compileCel } from '../../machinery/cel/index.ts';
import { compileVariables, policyScope } from '../../resources/admissionregistration/expressions.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { resourceDefinitions } from '../../resources/index.ts';
import { celTypeOfSchema } from '../../resources/schemas/cel-types.ts';
import { schemas } from '../../resources/schemas/index.ts';

/** More types than this are not looked at. models plugin/policy/validating: maxTypesToCheck */
const MOST_TYPES = 10;

/** models plugin/policy/validating: TypeChecker.Check. Kinds that are not built in are not known here. */
export function typeCheck({ spec }: ValidatingAdmissionPolicy): ExpressionWarning[] {
  const types = typesOf(spec?.matchConstraints?.resourceRules ?? []);
  const [paramGroup, paramKind] = [spec?.paramKind?.apiVersion, spec?.paramKind?.kind];
  const params = resourceDefinitions.find((definition) => definition.kind === paramKind && apiVersionOf(definition) === paramGroup);
  const check = (source: string): string => types.flatMap((definition) => {
    const scope = policyScope({ hasParams: spec?.paramKind !== undefined, object: celTypeOfSchema(definition.schema, schemas), ...(params ? { params: celTypeOfSchema(params.schema, schemas) } : {}) });
    compileVariables(spec?.variables, scope);
    const { problem } = compileCel(source, scope);
    const name = `${definition.group ? apiVersionOf(definition) : `/${definition.version}`}, Kind=${definition.kind}`;
    return problem === undefined ? [] : [`${name}: ${problem}`];
  }).join('\n');
  return (spec?.validations ?? []).flatMap(({ expression, messageExpression }, index) => [
    ...warningOf(`spec.validations[${index}].expression`, check(expression)),
    ...(messageExpression ? warningOf(`spec.validations[${index}].messageExpression`, check(messageExpression)) : []),
  ]);
}

function warningOf(fieldRef: string, warning: string): ExpressionWarning[] {
  return warning === '' ? [] : [{ fieldRef, warning }];
}

function apiVersionOf({ group, version }: ResourceDefinition): string {
  return group ? `${group}/${version}` : version;
}

/** The kinds that the rules name outright: a star tells nothing about types. */
function typesOf(rules: readonly NamedRuleWithOperations[]): ResourceDefinition[] {
  const isPlain = (values: readonly string[] | undefined): values is readonly string[] => values !== undefined && values.length > 0 && !values.some((value) => value.includes('*'));
  const found = rules.flatMap(({ apiGroups, apiVersions, resources }) => {
    if (!isPlain(apiGroups) || !isPlain(apiVersions) || !isPlain(resources)) return [];
    return resourceDefinitions.filter(({ group, version, plural }) => apiGroups.includes(group) && apiVersions.includes(version) && resources.includes(plural));
  });
  return [...new Set(found)].slice(0, MOST_TYPES);
}
