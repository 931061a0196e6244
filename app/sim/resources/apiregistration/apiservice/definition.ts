import { rfc3339 } from '../../../../base/clock/index.ts';
import type { APIService } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { dns1035LabelProblems, dns1123SubdomainProblems } from '../../../machinery/names.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { invalid, invalidName, required } from '../../shared/findings.ts';

export const apiService = defineResource<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  singular: 'apiservice',
  scope: 'Cluster',
  categories: ['api-extensions'],
  schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  storage: 'apiregistration.k8s.io/apiservices',
  nameRule: 'path-segment',
  allowUnconditionalUpdate: false,
  deleteReturns: 'status',

  applyDefaults(object) {
    if (object.spec?.service) object.spec.service.port ??= 443;
  },
  /** A version that the server serves itself is available at once. models apiServerStrategy.PrepareForCreate */
  prepareForCreate(object, { now }) {
    object.status = {};
    if (object.spec?.service) return;
    const lastTransitionTime = rfc3339(now);
    object.status = { conditions: [{ type: 'Available', status: 'True', lastTransitionTime, reason: 'Local', message: 'Local APIServices are always available' }] };
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
  },
  validate: validateApiService,
  columns: columnsOf<APIService>('apiregistration.k8s.io/v1/apiservices', [
    objectName,
    (object) => (object.spec?.service ? `${object.spec.service.namespace}/${object.spec.service.name}` : 'Local'),
    availableText,
    objectAge,
  ]),
  subresources: { status: {} },
});

/** `True`, or `False (ServiceNotFound)`. models kube-aggregator registry: getCondition */
function availableText({ status }: Readonly<APIService>): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  if (!condition) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason})`;
}

/** models kube-aggregator/pkg/apis/apiregistration/validation: ValidateAPIService */
function validateApiService({ metadata, spec }: Readonly<APIService>): FieldError[] {
  if (!spec) return [];
  const findings: FieldError[] = [];
  const wanted = `${spec.version ?? ''}.${spec.group ?? ''}`;
  if (metadata?.name !== wanted) findings.push(invalid('metadata.name', metadata?.name ?? '', `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`));
  if (spec.group) findings.push(...invalidName('spec.group', spec.group, dns1123SubdomainProblems(spec.group)));
  findings.push(...invalidName('spec.version', spec.version ?? '', dns1035LabelProblems(spec.version ?? '')));
  if (spec.groupPriorityMinimum <= 0 || spec.groupPriorityMinimum > 20_000) findings.push(invalid('spec.groupPriorityMinimum', spec.groupPriorityMinimum, 'must be positive and less than 20000'));
  if (spec.versionPriority <= 0 || spec.versionPriority > 1000) findings.push(invalid('spec.versionPriority', spec.versionPriority, 'must be positive and less than 1000'));
  if (!spec.service) {
    if (spec.caBundle) findings.push(invalid('spec.caBundle', `${spec.caBundle.length} bytes`, 'local APIServices may not have a caBundle'));
    if (spec.insecureSkipTLSVerify) findings.push(invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'));
    return findings;
  }
  if (!spec.service.namespace) findings.push(required('spec.service.namespace'));
  if (!spec.service.name) findings.push(required('spec.service.name'));
  const { port } = spec.service;
  if (port !== undefined && (port < 1 || port > 65_535)) findings.push(invalid('spec.service.port', port, 'port is not valid: must be between 1 and 65535, inclusive'));
  if (spec.insecureSkipTLSVerify && spec.caBundle) findings.push(invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  return findings;
}
