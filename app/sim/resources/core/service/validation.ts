import type { Service, ServicePort } from '../../../../contracts/k8s/index.ts';
import { Verbatim, type FieldError } from '../../../machinery/field-error.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../machinery/names.ts';
import { duplicate, forbidden, invalid, invalidName, notSupported, required } from '../../shared/findings.ts';
import { validateLabels } from '../../shared/validate-labels.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const IN_RANGE = 'must be between 1 and 65535, inclusive';

/** models pkg/apis/core/validation: ValidateService, ValidateServiceUpdate */
export function validateService(object: Readonly<Service>, previous?: Readonly<Service>): FieldError[] {
  const spec = object.spec ?? {};
  const findings: FieldError[] = [];
  const isHeadless = spec.clusterIP === 'None';
  if ((spec.ports ?? []).length === 0 && !isHeadless && spec.type !== 'ExternalName') findings.push(required('spec.ports'));
  if (spec.type === 'LoadBalancer' && isHeadless) findings.push(invalid('spec.clusterIPs[0]', 'None', 'may not be set to \'None\' for LoadBalancer services'));
  if (spec.type === 'NodePort' && isHeadless) findings.push(invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for NodePort services"));
  if (spec.type === 'ExternalName') {
    if (!spec.externalName) findings.push(required('spec.externalName'));
    else findings.push(...invalidName('spec.externalName', spec.externalName, dns1123SubdomainProblems(spec.externalName.replace(/\.$/, ''))));
    if (spec.clusterIP) findings.push(forbidden('spec.clusterIPs[0]', 'may not be set for ExternalName services'));
  }
  findings.push(...validatePorts(spec.ports ?? []), ...validateLabels(spec.selector, 'spec.selector'));
  if (!['ClientIP', 'None'].includes(spec.sessionAffinity ?? '')) findings.push(notSupported('spec.sessionAffinity', spec.sessionAffinity ?? '', ['ClientIP', 'None']));
  if (!TYPES.includes(spec.type ?? '')) findings.push(notSupported('spec.type', spec.type ?? '', TYPES));
  if (previous) findings.push(...validateUpdate(object, previous));
  return findings;
}

function validatePorts(ports: readonly ServicePort[]): FieldError[] {
  const findings: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    if (!port.name) {
      if (ports.length > 1) findings.push(required(`${at}.name`));
    } else {
      findings.push(...invalidName(`${at}.name`, port.name, dns1123LabelProblems(port.name)));
      if (names.has(port.name)) findings.push(duplicate(`${at}.name`, port.name));
      names.add(port.name);
    }
    if (port.port < 1 || port.port > 65_535) findings.push(invalid(`${at}.port`, port.port, IN_RANGE));
    if (!['TCP', 'UDP', 'SCTP'].includes(port.protocol ?? '')) findings.push(notSupported(`${at}.protocol`, port.protocol ?? '', ['SCTP', 'TCP', 'UDP']));
    if (typeof port.targetPort === 'number' && (port.targetPort < 1 || port.targetPort > 65_535)) findings.push(invalid(`${at}.targetPort`, port.targetPort, IN_RANGE));
  }
  const seen = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const identity = `${port.protocol}/${port.port}`;
    if (seen.has(identity)) findings.push({ type: 'Duplicate', field: `spec.ports[${index}]`, value: new Verbatim(JSON.stringify({ Name: '', Protocol: port.protocol, AppProtocol: null, Port: port.port, TargetPort: 0, NodePort: 0 })), detail: '' });
    seen.add(identity);
  }
  return findings;
}

function validateUpdate(object: Readonly<Service>, previous: Readonly<Service>): FieldError[] {
  const before = previous.spec?.clusterIPs ?? [];
  const after = object.spec?.clusterIPs ?? [];
  const keeps = object.spec?.type !== 'ExternalName' && previous.spec?.type !== 'ExternalName';
  if (!keeps || before.length === 0) return [];
  if (after.length === 0) return [invalid('spec.clusterIPs[0]', after, 'primary clusterIP can not be unset')];
  return after[0] === before[0] ? [] : [invalid('spec.clusterIPs[0]', after, 'may not change once set')];
}
