import type { Node } from '../../../../contracts/k8s/index.ts';
import { Verbatim, type FieldError } from '../../../machinery/field-error.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../../machinery/names.ts';
import { duplicate, forbidden, invalid, invalidName, notSupported, required } from '../../shared/findings.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** models pkg/apis/core/validation: ValidateNode, ValidateNodeUpdate. Upstream gives taints the path metadata.taints. */
export function validateNode(object: Readonly<Node>, previous?: Readonly<Node>): FieldError[] {
  const findings = validateTaints(object);
  return previous ? [...findings, ...validateUpdate(object, previous)] : findings;
}

function validateTaints(object: Readonly<Node>): FieldError[] {
  const seen = new Set<string>();
  return (object.spec?.taints ?? []).flatMap((taint, index): FieldError[] => {
    const at = `metadata.taints[${index}]`;
    const findings = invalidName(`${at}.key`, taint.key ?? '', qualifiedNameProblems(taint.key ?? ''));
    const problems = labelValueProblems(taint.value ?? '');
    if (problems.length > 0) findings.push(invalid(`${at}.value`, taint.value, problems.join(';')));
    if (!taint.effect) findings.push(required(`${at}.effect`));
    else if (!EFFECTS.includes(taint.effect)) findings.push(notSupported(`${at}.effect`, taint.effect, EFFECTS));
    const identity = `${taint.key}:${taint.effect}`;
    if (seen.has(identity)) {
      const printed = JSON.stringify({ Key: taint.key, Value: taint.value ?? '', Effect: taint.effect, TimeAdded: taint.timeAdded ?? null });
      findings.push({ ...duplicate(at, new Verbatim(printed)), detail: 'taints must be unique by key and effect pair' });
    }
    seen.add(identity);
    return findings;
  });
}

function validateUpdate(object: Readonly<Node>, previous: Readonly<Node>): FieldError[] {
  const findings: FieldError[] = [];
  const before = previous.spec?.podCIDRs ?? [];
  const after = object.spec?.podCIDRs ?? [];
  if (before.length > 0 && (before.length !== after.length || before.some((range, index) => range !== after[index]))) {
    findings.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if (previous.spec?.providerID && previous.spec.providerID !== object.spec?.providerID) {
    findings.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  return findings;
}
