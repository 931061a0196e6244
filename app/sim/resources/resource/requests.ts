import type { DeviceClaim, DeviceRequest, DeviceSelector } from '../../../contracts/k8s/index.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../machinery/names.ts';
import { duplicate, invalid, invalidName, notSupported, required } from '../shared/findings.ts';

const MODES = ['All', 'ExactCount'];

/** One device for each request, unless said otherwise. models pkg/apis/resource/v1: SetDefaults_ExactDeviceRequest */
export function defaultRequests(devices: DeviceClaim | undefined): void {
  for (const request of devices?.requests ?? []) {
    for (const one of [request.exactly, ...(request.firstAvailable ?? [])]) {
      if (!one) continue;
      one.allocationMode ??= 'ExactCount';
      if (one.allocationMode === 'ExactCount') one.count ||= 1;
    }
  }
}

/** models pkg/apis/resource/validation: validateDeviceClaim */
export function validateRequests(devices: Readonly<DeviceClaim> | undefined, at: string): FieldError[] {
  const findings: FieldError[] = [];
  const requests = devices?.requests ?? [];
  const names = new Set<string>();
  for (const [index, request] of requests.entries()) {
    const field = `${at}.requests[${index}]`;
    findings.push(...validateRequest(request, field));
    if (names.has(request.name)) findings.push(duplicate(`${at}.requests`, request.name));
    names.add(request.name);
  }
  if (requests.length > 32) findings.push({ type: 'TooMany', field: `${at}.requests`, value: requests.length, detail: 'must have at most 32 items' });
  for (const [index, constraint] of (devices?.constraints ?? []).entries()) {
    for (const [position, name] of (constraint.requests ?? []).entries()) {
      if (!names.has(name.split('/')[0]!)) findings.push(invalid(`${at}.constraints[${index}].requests[${position}]`, name, 'must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\''));
    }
    if (!constraint.matchAttribute && !constraint.distinctAttribute) findings.push(required(`${at}.constraints[${index}]`, 'one of `matchAttribute`, `distinctAttribute` is required'));
  }
  return findings;
}

function nameFindings(name: string | undefined, field: string): FieldError[] {
  return name ? invalidName(field, name, dns1123LabelProblems(name)) : [required(field)];
}

function validateRequest(request: Readonly<DeviceRequest>, field: string): FieldError[] {
  const findings = nameFindings(request.name, `${field}.name`);
  const hasList = (request.firstAvailable ?? []).length > 0;
  if (request.exactly && hasList) return [...findings, invalid(field, null, 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set')];
  if (!request.exactly && !hasList) return [...findings, required(field, 'exactly one of `exactly` or `firstAvailable` is required')];
  const one = (part: Readonly<{ deviceClassName: string; allocationMode?: string; count?: number; selectors?: DeviceSelector[] }>, at: string): void => {
    if (!part.deviceClassName) findings.push(required(`${at}.deviceClassName`));
    else findings.push(...invalidName(`${at}.deviceClassName`, part.deviceClassName, dns1123SubdomainProblems(part.deviceClassName)));
    findings.push(...validateSelectors(part.selectors, `${at}.selectors`));
    if (part.allocationMode === 'All' && part.count) findings.push(invalid(`${at}.count`, part.count, "must not be specified when allocationMode is 'All'"));
    else if (part.allocationMode === 'ExactCount' && (part.count ?? 0) <= 0) findings.push(invalid(`${at}.count`, part.count ?? 0, 'must be greater than zero'));
    else if (!MODES.includes(part.allocationMode ?? '')) findings.push(notSupported(`${at}.allocationMode`, part.allocationMode ?? '', MODES));
  };
  if (request.exactly) one(request.exactly, `${field}.exactly`);
  for (const [index, part] of (request.firstAvailable ?? []).entries()) {
    findings.push(...nameFindings(part.name, `${field}.firstAvailable[${index}].name`));
    one(part, `${field}.firstAvailable[${index}]`);
  }
  return findings;
}

/** The expressions themselves are not compiled. */
export function validateSelectors(selectors: readonly DeviceSelector[] | undefined, field: string): FieldError[] {
  return (selectors ?? []).flatMap((selector, index) => (selector.cel?.expression ? [] : [required(`${field}[${index}].cel`)]));
}
