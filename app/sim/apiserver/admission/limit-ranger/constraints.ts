import type { Container, LimitRangeItem, PersistentVolumeClaim, Pod } from '../../../../contracts/k8s/index.ts';
import { amountsOf, podAmounts, type Amounts } from '../../../machinery/pod-resources.ts';
import type { Quantity } from '../../../machinery/quantity.ts';

type Bound = (type: string, name: string, enforced: Quantity, request: Quantity | undefined, limit: Quantity | undefined) => string | undefined;

/** models limitranger: PodValidateLimitFunc */
export function podProblems(limits: readonly LimitRangeItem[], { spec }: Readonly<Pod>): string[] {
  if (!spec) return [];
  return limits.flatMap((item) => {
    if (item.type === 'Pod') return within(item, podAmounts(spec, 'requests'), podAmounts(spec, 'limits'));
    if (item.type !== 'Container') return [];
    return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap(({ resources }: Container) => within(item, amountsOf(resources?.requests), amountsOf(resources?.limits)));
  });
}

/** models limitranger: PersistentVolumeClaimValidateLimitFunc */
export function claimProblems(limits: readonly LimitRangeItem[], { spec }: Readonly<PersistentVolumeClaim>): string[] {
  const requests = amountsOf(spec?.resources?.requests);
  return limits.filter((item) => item.type === 'PersistentVolumeClaim').flatMap((item) => [
    ...check(item.type, item.min, requests, {}, minimum),
    ...check(item.type, item.max, requests, {}, maximumRequest),
  ]);
}

function within(item: LimitRangeItem, requests: Amounts, limits: Amounts): string[] {
  return [...check(item.type, item.min, requests, limits, minimum), ...check(item.type, item.max, requests, limits, maximum), ...check(item.type, item.maxLimitRequestRatio, requests, limits, ratio)];
}

function check(type: string, bounds: Readonly<Record<string, string>> | undefined, requests: Amounts, limits: Amounts, bound: Bound): string[] {
  return Object.entries(amountsOf(bounds))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, enforced]) => bound(type, name, enforced, requests[name], limits[name]) ?? []);
}

const minimum: Bound = (type, name, enforced, request, limit) => {
  const start = `minimum ${name} usage per ${type} is ${enforced.toString()}`;
  if (!request) return `${start}.  No request is specified`;
  if (request.cmp(enforced) < 0) return `${start}, but request is ${request.toString()}`;
  return limit && limit.cmp(enforced) < 0 ? `${start}, but limit is ${limit.toString()}` : undefined;
};

const maximum: Bound = (type, name, enforced, request, limit) => {
  const start = `maximum ${name} usage per ${type} is ${enforced.toString()}`;
  if (!limit) return `${start}.  No limit is specified`;
  if (limit.cmp(enforced) > 0) return `${start}, but limit is ${limit.toString()}`;
  return request && request.cmp(enforced) > 0 ? `${start}, but request is ${request.toString()}` : undefined;
};

const maximumRequest: Bound = (type, name, enforced, request) => {
  const start = `maximum ${name} usage per ${type} is ${enforced.toString()}`;
  if (!request) return `${start}.  No request is specified`;
  return request.cmp(enforced) > 0 ? `${start}, but request is ${request.toString()}` : undefined;
};

const ratio: Bound = (type, name, enforced, request, limit) => {
  const start = `${name} max limit to request ratio per ${type} is ${enforced.toString()}`;
  if (!request || request.isZero) return `${start}, but no request is specified or request is 0`;
  if (!limit || limit.isZero) return `${start}, but no limit is specified or limit is 0`;
  const observed = Number(limit.nano) / Number(request.nano);
  return observed * 1000 > enforced.milliValue() ? `${start}, but provided ratio is ${observed.toFixed(6)}` : undefined;
};
