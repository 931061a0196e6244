import type { Service, ServicePort, ServiceSpec } from '../../../../contracts/k8s/index.ts';
import { Verbatim, type FieldError } from '../../../machinery/field-error.ts';
import { isIPAddress, parseNetwork } from '../../../machinery/ip-addresses.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from '../../../machinery/names.ts';
import { duplicate, forbidden, invalid, invalidName, notSupported, required } from '../../shared/findings.ts';
import { portOrNameFindings } from '../../shared/pod-validation/handlers.ts';
import { portFindings, PROTOCOLS } from '../../shared/ports.ts';
import { specialAddressFindings } from '../../shared/special-addresses.ts';
import { validateLabels } from '../../shared/validate-labels.ts';
import { NOT_AN_ADDRESS } from '../../shared/validate-pod-spec.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const FAMILIES = ['IPv4', 'IPv6'];
const FAMILY_POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const KUBELET_PORT = 10_250;
const LONGEST_AFFINITY_SECONDS = 86_400;

/** models pkg/apis/core/validation: ValidateService, ValidateServiceUpdate, in their order */
export function validateService(object: Readonly<Service>, previous?: Readonly<Service>): FieldError[] {
  const spec = object.spec ?? {};
  const isHeadless = spec.clusterIP === 'None';
  const ports = spec.ports ?? [];
  const findings: FieldError[] = [];
  if (ports.length === 0 && !isHeadless && spec.type !== 'ExternalName') findings.push(required('spec.ports'));
  findings.push(...validateType(spec, isHeadless), ...validatePorts(ports), ...validateLabels(spec.selector, 'spec.selector'), ...validateAffinity(spec), ...validateAddresses(spec));
  for (const [index, address] of (spec.externalIPs ?? []).entries()) findings.push(...(isIPAddress(address) ? specialAddressFindings(address, `spec.externalIPs[${index}]`) : [invalid(`spec.externalIPs[${index}]`, address, NOT_AN_ADDRESS)]));
  if (!spec.type) findings.push(required('spec.type'));
  else if (!TYPES.includes(spec.type)) findings.push(notSupported('spec.type', spec.type, TYPES));
  findings.push(...validatePortPairs(spec), ...validateLoadBalancer(spec), ...validateTrafficPolicies(spec));
  if (previous) findings.push(...validateUpdate(object, previous));
  return findings;
}

function validateType(spec: Readonly<ServiceSpec>, isHeadless: boolean): FieldError[] {
  const findings: FieldError[] = [];
  if (spec.type === 'LoadBalancer') {
    for (const [index, { port }] of (spec.ports ?? []).entries()) {
      if (port === KUBELET_PORT) findings.push(invalid(`spec.ports[${index}]`, port, `may not expose port ${port} externally since it is used by kubelet`));
    }
  }
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless) findings.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
  if (spec.type !== 'ExternalName') return findings;
  if (spec.clusterIP || (spec.clusterIPs ?? []).length > 0) findings.push(forbidden('spec.clusterIPs', 'may not be set for ExternalName services'));
  if ((spec.ipFamilies ?? []).length > 0) findings.push(forbidden('spec.ipFamilies', 'may not be set for ExternalName services'));
  if (spec.ipFamilyPolicy !== undefined) findings.push(forbidden('spec.ipFamilyPolicy', 'may not be set for ExternalName services'));
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  return [...findings, ...(name ? invalidName('spec.externalName', name, dns1123SubdomainProblems(name)) : [required('spec.externalName')])];
}

/** models validateServicePort */
function validatePorts(ports: readonly ServicePort[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `spec.ports[${index}]`;
    const findings: FieldError[] = [];
    if (!port.name) {
      if (ports.length > 1) findings.push(required(`${at}.name`));
    } else {
      findings.push(...invalidName(`${at}.name`, port.name, dns1123LabelProblems(port.name)));
      if (names.has(port.name)) findings.push(duplicate(`${at}.name`, port.name));
      names.add(port.name);
    }
    findings.push(...portFindings(`${at}.port`, port.port));
    if (!port.protocol) findings.push(required(`${at}.protocol`));
    else if (!PROTOCOLS.includes(port.protocol)) findings.push(notSupported(`${at}.protocol`, port.protocol, PROTOCOLS));
    findings.push(...portOrNameFindings(port.targetPort as number | string | undefined, `${at}.targetPort`));
    if (port.appProtocol !== undefined) findings.push(...invalidName(`${at}.appProtocol`, port.appProtocol, qualifiedNameProblems(port.appProtocol)));
    return findings;
  });
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: Readonly<ServiceSpec>): FieldError[] {
  if (!sessionAffinity) return [required('spec.sessionAffinity')];
  if (sessionAffinity === 'ClientIP') {
    const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 0;
    const isInRange = seconds > 0 && seconds <= LONGEST_AFFINITY_SECONDS;
    return isInRange ? [] : [invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, `must be greater than 0 and less than ${LONGEST_AFFINITY_SECONDS}`)];
  }
  if (sessionAffinity !== 'None') return [notSupported('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None'])];
  return sessionAffinityConfig ? [forbidden('spec.sessionAffinityConfig', 'must not be set when session affinity is None')] : [];
}

/** models ValidateServiceClusterIPsRelatedFields */
function validateAddresses(spec: Readonly<ServiceSpec>): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const findings: FieldError[] = [];
  const addresses = spec.clusterIPs ?? [];
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    if (!FAMILIES.includes(family)) findings.push(notSupported(`spec.ipFamilies[${index}]`, family, FAMILIES));
    if (spec.ipFamilies!.indexOf(family) < index) findings.push(duplicate(`spec.ipFamilies[${index}]`, family));
  }
  if (spec.ipFamilyPolicy !== undefined && !FAMILY_POLICIES.includes(spec.ipFamilyPolicy)) findings.push(notSupported('spec.ipFamilyPolicy', spec.ipFamilyPolicy, FAMILY_POLICIES));
  if (addresses.length > 0 && spec.clusterIP !== undefined && addresses[0] !== spec.clusterIP) findings.push(invalid('spec.clusterIPs', addresses, 'first value must match `clusterIP`'));
  for (const [index, address] of (addresses.length > 0 ? addresses : spec.clusterIP ? [spec.clusterIP] : []).entries()) {
    if (address === 'None') {
      if (addresses.length > 1) findings.push(invalid('spec.clusterIPs', addresses, "'None' must be the first and only value"));
    } else if (!isIPAddress(address)) findings.push(invalid(`spec.clusterIPs[${index}]`, address, NOT_AN_ADDRESS));
  }
  if (addresses.length > 2) findings.push(invalid('spec.clusterIPs', addresses, 'may only hold up to 2 values'));
  return findings;
}

/** Node ports where none may be, and pairs of port and protocol that come twice. */
function validatePortPairs(spec: Readonly<ServiceSpec>): FieldError[] {
  const ports = spec.ports ?? [];
  const findings: FieldError[] = [];
  if (spec.type === 'ClusterIP') for (const [index, port] of ports.entries()) if (port.nodePort) findings.push(forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
  const seen = new Set<string>();
  const isAgain = (text: string): boolean => seen.size === seen.add(text).size;
  for (const [index, port] of ports.entries()) if (port.nodePort && isAgain(`node ${port.protocol}/${port.nodePort}`)) findings.push(duplicate(`spec.ports[${index}].nodePort`, port.nodePort));
  for (const [index, port] of ports.entries()) {
    if (isAgain(`${port.protocol}/${port.port}`)) findings.push({ type: 'Duplicate', field: `spec.ports[${index}]`, value: new Verbatim(JSON.stringify({ Name: '', Protocol: port.protocol, AppProtocol: null, Port: port.port, TargetPort: 0, NodePort: 0 })), detail: '' });
  }
  return findings;
}

function validateLoadBalancer(spec: Readonly<ServiceSpec>): FieldError[] {
  const isBalancer = spec.type === 'LoadBalancer';
  const only = "may only be used when `type` is 'LoadBalancer'";
  const findings: FieldError[] = [];
  if ((spec.loadBalancerSourceRanges ?? []).length > 0) {
    if (!isBalancer) findings.push(forbidden('spec.loadBalancerSourceRanges', only));
    for (const [index, range] of spec.loadBalancerSourceRanges!.entries()) {
      if (!parseNetwork(range.trim())) findings.push(invalid(`spec.loadBalancerSourceRanges[${index}]`, range, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'));
    }
  }
  if (spec.loadBalancerClass !== undefined && !isBalancer) findings.push(forbidden('spec.loadBalancerClass', only));
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isBalancer) findings.push(forbidden('spec.allocateLoadBalancerNodePorts', only));
  return findings;
}

function validateTrafficPolicies(spec: Readonly<ServiceSpec>): FieldError[] {
  const findings: FieldError[] = [];
  const isReachable = spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  const policy = spec.externalTrafficPolicy;
  if (policy) {
    if (!isReachable) findings.push(invalid('spec.externalTrafficPolicy', policy, 'may only be set for externally-accessible services'));
    else if (!['Cluster', 'Local'].includes(policy)) findings.push(notSupported('spec.externalTrafficPolicy', policy, ['Cluster', 'Local']));
  }
  if (spec.healthCheckNodePort && !(spec.type === 'LoadBalancer' && policy === 'Local')) {
    findings.push(invalid('spec.healthCheckNodePort', spec.healthCheckNodePort, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"));
  }
  const internal = spec.internalTrafficPolicy;
  if (internal !== undefined && !['Cluster', 'Local'].includes(internal)) findings.push(notSupported('spec.internalTrafficPolicy', internal, ['Cluster', 'Local']));
  const distribution = spec.trafficDistribution;
  const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];
  if (distribution !== undefined && !distributions.includes(distribution)) findings.push(notSupported('spec.trafficDistribution', distribution, distributions));
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
