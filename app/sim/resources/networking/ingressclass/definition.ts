import type { IngressClass } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { dns1123SubdomainProblems, pathSegmentProblems } from '../../../machinery/names.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { forbidden, invalid, invalidName, notSupported, required } from '../../shared/findings.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';

export const ingressClass = defineResource<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  singular: 'ingressclass',
  scope: 'Cluster',
  schema: 'io.k8s.api.networking.v1.IngressClass',
  storage: 'ingressclasses',
  deleteReturns: 'status',

  applyDefaults(object) {
    if (object.spec?.parameters) object.spec.parameters.scope ??= 'Cluster';
  },
  prepareForCreate: startGeneration,
  prepareForUpdate: (next, previous) => bumpGeneration(next, previous),
  validate(object, previous) {
    const findings = [...controllerFindings(object.spec?.controller ?? ''), ...parameterFindings(object)];
    if (previous && object.spec?.controller !== previous.spec?.controller) findings.push(invalid('spec.controller', object.spec?.controller ?? '', 'field is immutable'));
    return findings;
  },
  columns: columnsOf<IngressClass>('networking.k8s.io/v1/ingressclasses', [objectName, (object) => object.spec?.controller ?? '', parametersText, objectAge]),
});

function parametersText({ spec }: Readonly<IngressClass>): string {
  const parameters = spec?.parameters;
  return parameters ? `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}` : '<none>';
}

/** models apimachinery validation: IsDomainPrefixedPath */
function controllerFindings(controller: string): FieldError[] {
  const field = 'spec.controller';
  if (controller.length > 250) return [{ type: 'TooLong', field, detail: 'may not be more than 250 bytes' }];
  if (controller === '') return [required(field)];
  const slash = controller.indexOf('/');
  const host = controller.slice(0, Math.max(slash, 0));
  const path = controller.slice(slash + 1);
  if (slash < 0 || host === '' || path === '') return [invalid(field, controller, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  return invalidName(field, host, dns1123SubdomainProblems(host));
}

/** models pkg/apis/networking/validation: validateIngressClassParametersReference */
function parameterFindings(object: Readonly<IngressClass>): FieldError[] {
  const parameters = object.spec?.parameters;
  if (!parameters) return [];
  const at = 'spec.parameters';
  const findings: FieldError[] = [];
  if (parameters.apiGroup) findings.push(...invalidName(`${at}.apiGroup`, parameters.apiGroup, dns1123SubdomainProblems(parameters.apiGroup)));
  for (const field of ['kind', 'name'] as const) findings.push(...(parameters[field] ? invalidName(`${at}.${field}`, parameters[field], pathSegmentProblems(parameters[field])) : [required(`${at}.${field}`, `${field} is required`)]));
  const { scope, namespace } = parameters;
  if (scope !== 'Cluster' && scope !== 'Namespace') findings.push(notSupported(`${at}.scope`, scope, ['Cluster', 'Namespace']));
  else if (scope === 'Namespace' && !namespace) findings.push(required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'"));
  else if (scope === 'Cluster' && namespace) findings.push(forbidden(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  return findings;
}
