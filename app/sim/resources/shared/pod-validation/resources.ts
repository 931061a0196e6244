import type { ResourceRequirements } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { parseQuantity } from '../../../machinery/quantity.ts';
import { invalid, required } from '../findings.ts';
import { amountFindings, containerResourceNameFindings, isOvercommitAllowed } from '../resource-names.ts';

/** models pkg/apis/core/validation: ValidateContainerResourceRequirements; upstream walks maps in random order, this in sorted. */
export function validateResources(resources: Readonly<ResourceRequirements> | undefined, at: string): FieldError[] {
  const findings: FieldError[] = [];
  const limits = resources?.limits ?? {};
  const check = (list: 'limits' | 'requests', name: string, value: string): void => {
    findings.push(...containerResourceNameFindings(name, `${at}.${list}[${name}]`), ...amountFindings(name, value, `${at}.${list}[${name}]`));
  };
  for (const [name, value] of Object.entries(limits)) check('limits', name, value);
  for (const [name, value] of Object.entries(resources?.requests ?? {})) {
    check('requests', name, value);
    const limit = limits[name];
    if (limit === undefined) {
      if (!isOvercommitAllowed(name)) findings.push(required(`${at}.limits`, 'Limit must be set for non overcommitable resources'));
      continue;
    }
    const order = parseQuantity(value).cmp(parseQuantity(limit));
    if (order !== 0 && !isOvercommitAllowed(name)) findings.push(invalid(`${at}.requests`, String(parseQuantity(value)), `must be equal to ${name} limit of ${parseQuantity(limit)}`));
    else if (order > 0) findings.push(invalid(`${at}.requests`, String(parseQuantity(value)), `must be less than or equal to ${name} limit of ${parseQuantity(limit)}`));
  }
  return findings;
}
