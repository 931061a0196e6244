import type { PriorityLevelConfiguration } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { forbidden, invalid, notSupported, required } from '../../shared/findings.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';

export const priorityLevelConfiguration = defineResource<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  singular: 'prioritylevelconfiguration',
  scope: 'Cluster',
  schema: 'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration',
  storage: 'prioritylevelconfigurations',
  deleteReturns: 'status',

  /** models pkg/apis/flowcontrol/v1: SetDefaults_LimitedPriorityLevelConfiguration and its neighbours */
  applyDefaults({ spec }) {
    if (spec?.exempt) {
      spec.exempt.nominalConcurrencyShares ??= 0;
      spec.exempt.lendablePercent ??= 0;
    }
    if (!spec?.limited) return;
    spec.limited.nominalConcurrencyShares ??= 30;
    spec.limited.lendablePercent ??= 0;
    const queuing = spec.limited.limitResponse?.queuing;
    if (!queuing) return;
    queuing.handSize ||= 8;
    queuing.queues ||= 64;
    queuing.queueLengthLimit ||= 50;
  },
  prepareForCreate(object) {
    startGeneration(object);
    object.status = {};
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    bumpGeneration(next, previous);
  },
  validate: validateLevel,
  columns: columnsOf<PriorityLevelConfiguration>('flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations', [
    objectName,
    (object) => object.spec?.type ?? '',
    (object) => (object.spec?.limited ?? object.spec?.exempt)?.nominalConcurrencyShares ?? '<none>',
    (object) => object.spec?.limited?.limitResponse?.queuing?.queues ?? '<none>',
    (object) => object.spec?.limited?.limitResponse?.queuing?.handSize ?? '<none>',
    (object) => object.spec?.limited?.limitResponse?.queuing?.queueLengthLimit ?? '<none>',
    objectAge,
  ]),
  subresources: { status: {} },
});

/** models pkg/apis/flowcontrol/validation: ValidatePriorityLevelConfiguration */
function validateLevel({ metadata, spec }: Readonly<PriorityLevelConfiguration>): FieldError[] {
  const findings: FieldError[] = [];
  if ((spec?.type === 'Exempt') !== (metadata?.name === 'exempt')) {
    findings.push(invalid('spec.type', spec?.type ?? '', metadata?.name === 'exempt' ? "must be 'Exempt' if and only if name is 'exempt'" : "must be 'Exempt' if and only if `name` is 'exempt'"));
  }
  switch (spec?.type) {
    case 'Exempt':
      if (spec.limited) findings.push(forbidden('spec.limited', "must be nil if the type is not Limited"));
      return findings;
    case 'Limited':
      if (spec.exempt) findings.push(forbidden('spec.exempt', 'must be nil if the type is Limited'));
      if (!spec.limited) findings.push(required('spec.limited', 'must not be empty when type is Limited'));
      else findings.push(...validateLimited(spec.limited));
      return findings;
    default:
      return [...findings, notSupported('spec.type', spec?.type ?? '', ['Exempt', 'Limited'])];
  }
}

function validateLimited(limited: NonNullable<NonNullable<PriorityLevelConfiguration['spec']>['limited']>): FieldError[] {
  const at = 'spec.limited';
  const findings: FieldError[] = [];
  if ((limited.nominalConcurrencyShares ?? 0) < 0) findings.push(invalid(`${at}.nominalConcurrencyShares`, limited.nominalConcurrencyShares, 'must be a non-negative integer'));
  const percent = limited.lendablePercent ?? 0;
  if (percent < 0 || percent > 100) findings.push(invalid(`${at}.lendablePercent`, percent, 'must be between 0 and 100, inclusive'));
  const response = limited.limitResponse;
  if (response?.type === 'Reject') {
    if (response.queuing) findings.push(forbidden(`${at}.limitResponse.queuing`, 'must be nil if limited.limitResponse.type is not Limited'));
  } else if (response?.type === 'Queue') {
    const { queuing } = response;
    if (!queuing) return [...findings, required(`${at}.limitResponse.queuing`, 'must not be empty if limited.limitResponse.type is Limited')];
    for (const field of ['queueLengthLimit', 'queues', 'handSize'] as const) if ((queuing[field] ?? 0) <= 0) findings.push(invalid(`${at}.limitResponse.queuing.${field}`, queuing[field] ?? 0, 'must be positive'));
    if (queuing.handSize! > queuing.queues!) findings.push(invalid(`${at}.limitResponse.queuing.handSize`, queuing.handSize, `should not be greater than queues (${queuing.queues})`));
  } else findings.push(notSupported(`${at}.limitResponse.type`, response?.type ?? '', ['Queue', 'Reject']));
  return findings;
}
