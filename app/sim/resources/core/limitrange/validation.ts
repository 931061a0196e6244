import type { LimitRange, LimitRangeItem } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { parseQuantity, type Quantity } from '../../../machinery/quantity.ts';
import { duplicate, forbidden, invalid, required } from '../../shared/findings.ts';
import { containerResourceNameFindings, isOvercommitAllowed, limitTypeFindings, resourceNameFindings } from '../../shared/resource-names.ts';

type Amounts = Readonly<Record<string, string>>;

/** The generated type names the field `_default`, after the rules of its generator. */
const limitsOf = (item: Readonly<LimitRangeItem>): Amounts | undefined => (item as { default?: Amounts }).default;

/** models pkg/apis/core/validation: ValidateLimitRange */
export function validateLimitRange(object: Readonly<LimitRange>): FieldError[] {
  const seen = new Set<string>();
  return (object.spec?.limits ?? []).flatMap((item, index) => {
    const at = `spec.limits[${index}]`;
    const findings = limitTypeFindings(item.type ?? '', `${at}.type`);
    if (seen.has(item.type)) findings.push(duplicate(`${at}.type`, item.type));
    seen.add(item.type);
    return [...findings, ...validateNames(item, at), ...validateByType(item, at), ...validateAmounts(item, at)];
  });
}

function validateNames(item: Readonly<LimitRangeItem>, at: string): FieldError[] {
  const check = item.type === 'Pod' || item.type === 'Container' ? containerResourceNameFindings : resourceNameFindings;
  const names = (field: string, amounts: Amounts | undefined): FieldError[] => Object.keys(amounts ?? {}).flatMap((name) => check(name, `${at}.${field}[${name}]`));
  const defaults = item.type === 'Pod' ? [] : [...names('default', limitsOf(item)), ...names('defaultRequest', item.defaultRequest)];
  return [...names('max', item.max), ...names('min', item.min), ...defaults, ...names('maxLimitRequestRatio', item.maxLimitRequestRatio)];
}

function validateByType(item: Readonly<LimitRangeItem>, at: string): FieldError[] {
  const findings: FieldError[] = [];
  if (item.type === 'Pod') {
    if (Object.keys(limitsOf(item) ?? {}).length > 0) findings.push(forbidden(`${at}.default`, "may not be specified when `type` is 'Pod'"));
    if (Object.keys(item.defaultRequest ?? {}).length > 0) findings.push(forbidden(`${at}.defaultRequest`, "may not be specified when `type` is 'Pod'"));
  }
  if (item.type === 'PersistentVolumeClaim' && !item.min?.['storage'] && !item.max?.['storage']) {
    findings.push(required(`${at}.limits`, 'either minimum or maximum storage value is required, but neither was provided'));
  }
  return findings;
}

function validateAmounts(item: Readonly<LimitRangeItem>, at: string): FieldError[] {
  const isPod = item.type === 'Pod';
  const names = new Set([item.max, item.min, isPod ? {} : limitsOf(item), isPod ? {} : item.defaultRequest, item.maxLimitRequestRatio].flatMap((amounts) => Object.keys(amounts ?? {})));
  return [...names].sort().flatMap((name) => {
    const amount = (amounts: Amounts | undefined): Quantity | undefined => (amounts?.[name] === undefined ? undefined : parseQuantity(amounts[name]));
    const max = amount(item.max);
    const min = amount(item.min);
    const limit = isPod ? undefined : amount(limitsOf(item));
    const request = isPod ? undefined : amount(item.defaultRequest);
    const findings: FieldError[] = [];
    /** `value` as upstream prints it, which is not always the value of the field. */
    const ordered = (low: Quantity | undefined, high: Quantity | undefined, field: string, value: Quantity | undefined, lowName: string, highName: string): void => {
      if (low && high && low.cmp(high) > 0) findings.push(invalid(`${at}.${field}[${name}]`, String(value), `${lowName} value ${low} is greater than ${highName} value ${high}`));
    };
    ordered(min, max, 'min', min, 'min', 'max');
    ordered(min, request, 'defaultRequest', request, 'min', 'default request');
    ordered(request, max, 'defaultRequest', request, 'default request', 'max');
    ordered(request, limit, 'defaultRequest', request, 'default request', 'default limit');
    ordered(min, limit, 'default', min, 'min', 'default');
    ordered(limit, max, 'default', max, 'default', 'max');
    findings.push(...validateRatio(amount(item.maxLimitRequestRatio), min, max, `${at}.maxLimitRequestRatio[${name}]`));
    if (!isOvercommitAllowed(name) && limit && request && limit.cmp(request) !== 0) {
      findings.push(invalid(`${at}.defaultRequest[${name}]`, String(request), `default value ${limit} must equal to defaultRequest value ${request} in ${name}`));
    }
    return findings;
  });
}

function validateRatio(ratio: Quantity | undefined, min: Quantity | undefined, max: Quantity | undefined, field: string): FieldError[] {
  if (!ratio) return [];
  const findings = ratio.milliValue() < 1000 ? [invalid(field, String(ratio), `ratio ${ratio} is less than 1`)] : [];
  if (!min || !max) return findings;
  const most = max.milliValue() / min.milliValue();
  if (ratio.milliValue() / 1000 > most) findings.push(invalid(field, String(ratio), `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`));
  return findings;
}
