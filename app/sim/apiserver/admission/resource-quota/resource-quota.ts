import type { ResourceQuota, Stored } from '../../../../contracts/k8s/index.ts';
import { addAmounts, amountsOf, type Amounts } from '../../../machinery/pod-resources.ts';
import { Quantity } from '../../../machinery/quantity.ts';
import type { QuotaEvaluator } from '../../../machinery/quota/evaluator.ts';
import { amountTexts, evaluatorOf, mask, quotaMatches } from '../../../machinery/quota/quota.ts';
import { isConflict, isNotFound } from '../../../machinery/status.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../interfaces.ts';
import { refusal } from '../refusal.ts';

type Quota = Stored<ResourceQuota>;
const RETRIES = 3;

/**
 * What a namespace may use in all. Charges the usage of each write to the quotas that it concerns, before the object is
 * stored; the loop `resourcequota` gives back what was charged and not used.
 *
 * models apiserver/pkg/admission/plugin/resourcequota
 */
export const resourceQuotaAdmission: AdmissionPlugin = {
  name: 'ResourceQuota',
  handles: ({ operation, group, resource, subresource, namespace, definition }) =>
    definition.scope === 'Namespaced' && namespace !== '' && evaluatorOf(group, resource)?.handles(operation, subresource) === true,
  async validate(attributes, { reader, loopback }) {
    const charged = new Set<string>();
    for (let attempt = 0; attempt <= RETRIES; attempt++) {
      const quotas = reader.list<Quota>('resourcequotas', attributes.namespace).filter(({ metadata }) => !charged.has(metadata.uid));
      if (quotas.length === 0) return;
      const next = charge(quotas, attributes);
      if (attributes.dryRun) return;
      let isStale = false;
      for (const quota of next) {
        try {
          const path = `/api/v1/namespaces/${attributes.namespace}/resourcequotas/${quota.metadata.name}/status`;
          await loopback.send({ method: 'PUT', path, body: quota, cause: attributes.cause });
          charged.add(quota.metadata.uid);
        } catch (error) {
          if (!isConflict(error) && !isNotFound(error)) throw error;
          isStale = true;
        }
      }
      if (!isStale) return;
    }
    throw refusal(attributes, 'status of quotas could not be updated: try again');
  },
};

/** The quotas that the request concerns, with their new usage. models resourcequota: CheckRequest @throws 403 */
function charge(quotas: readonly Quota[], attributes: AdmissionAttributes): Quota[] {
  const { group, resource, object, previous } = attributes;
  const evaluator = evaluatorOf(group, resource)!;
  const concerned = quotas.filter((quota) => quotaMatches(quota, quota.status?.hard ?? {}, evaluator, object));
  for (const quota of concerned) checkSaid(quota, evaluator, attributes);
  const usage = evaluator.usage(object);
  const delta = withoutZeros(attributes.operation === 'UPDATE' && previous ? increase(usage, evaluator.usage(previous)) : usage);
  return concerned.flatMap((quota) => {
    const hard = amountsOf(quota.status?.hard);
    const used = amountsOf(quota.status?.used);
    const requested = mask(delta, Object.keys(hard));
    const names = Object.keys(requested);
    if (names.length === 0) return [];
    const next = addAmounts(used, requested);
    const exceeded = names.filter((name) => next[name]!.cmp(hard[name]!) > 0);
    if (exceeded.length > 0) {
      const text = (amounts: Amounts): string => Object.entries(amountTexts(mask(amounts, exceeded))).map(([name, amount]) => `${name}=${amount}`).join(',');
      throw refusal(attributes, `exceeded quota: ${quota.metadata.name}, requested: ${text(requested)}, used: ${text(used)}, limited: ${text(hard)}`);
    }
    return [{ ...quota, status: { ...quota.status, used: amountTexts(next) } }];
  });
}

/** Limited resources must be said by the object, and counted already by the loop. */
function checkSaid(quota: Quota, evaluator: QuotaEvaluator, attributes: AdmissionAttributes): void {
  const required = evaluator.matching(Object.keys(quota.status?.hard ?? {}));
  const missing = evaluator.missing?.(required, attributes.object);
  if (missing) throw refusal(attributes, `failed quota: ${quota.metadata.name}: ${missing}`);
  if (required.every((name) => quota.status?.used?.[name] !== undefined)) return;
  throw refusal(attributes, `status unknown for quota: ${quota.metadata.name}, resources: ${[...required].sort().join(',')}`);
}

function increase(next: Amounts, previous: Amounts): Amounts {
  return Object.fromEntries(Object.entries(next).map(([name, amount]) => {
    const before = previous[name];
    return [name, before === undefined ? amount : before.cmp(amount) >= 0 ? Quantity.ZERO : amount.sub(before)];
  }));
}

function withoutZeros(amounts: Amounts): Amounts {
  return Object.fromEntries(Object.entries(amounts).filter(([, amount]) => !amount.isZero));
}
