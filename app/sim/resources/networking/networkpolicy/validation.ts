import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { containsNetwork, parseNetwork } from '../../../machinery/ip-addresses.ts';
import { portNameProblems } from '../../../machinery/names.ts';
import { forbidden, invalid, invalidName, notSupported, required } from '../../shared/findings.ts';
import { portFindings } from '../../shared/ports.ts';
import { validateLabelSelector } from '../../shared/validate-labels.ts';

const NOT_A_NETWORK = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

/** models pkg/apis/networking/validation: ValidateNetworkPolicySpec */
export function validateNetworkPolicy({ spec }: Readonly<NetworkPolicy>): FieldError[] {
  if (!spec) return [];
  const findings = validateLabelSelector(spec.podSelector, 'spec.podSelector');
  const rule = (at: string, ports: readonly NetworkPolicyPort[] | undefined, peers: readonly NetworkPolicyPeer[] | undefined, side: 'from' | 'to'): void => {
    for (const [index, port] of (ports ?? []).entries()) findings.push(...validatePort(port, `${at}.ports[${index}]`));
    for (const [index, peer] of (peers ?? []).entries()) findings.push(...validatePeer(peer, `${at}.${side}[${index}]`));
  };
  for (const [index, { ports, from }] of ((spec.ingress ?? []) as readonly { ports?: NetworkPolicyPort[]; from?: NetworkPolicyPeer[] }[]).entries()) rule(`spec.ingress[${index}]`, ports, from, 'from');
  for (const [index, { ports, to }] of (spec.egress ?? []).entries()) rule(`spec.egress[${index}]`, ports, to, 'to');
  const types = spec.policyTypes ?? [];
  if (types.length > 2) return [...findings, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  for (const [index, type] of types.entries()) if (type !== 'Ingress' && type !== 'Egress') findings.push(notSupported(`spec.policyTypes[${index}]`, type, ['Ingress', 'Egress']));
  return findings;
}

function validatePort({ protocol, port, endPort }: Readonly<NetworkPolicyPort>, at: string): FieldError[] {
  const findings: FieldError[] = [];
  if (protocol !== undefined && !['TCP', 'UDP', 'SCTP'].includes(protocol)) findings.push(notSupported(`${at}.protocol`, protocol, ['TCP', 'UDP', 'SCTP']));
  if (port === undefined) {
    if (endPort !== undefined) findings.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is not specified'));
  } else if (typeof port === 'number') {
    findings.push(...portFindings(`${at}.port`, port));
    if (endPort !== undefined) {
      if (endPort < port) findings.push(invalid(`${at}.endPort`, endPort, 'must be greater than or equal to `port`'));
      findings.push(...portFindings(`${at}.endPort`, endPort));
    }
  } else {
    if (endPort !== undefined) findings.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
    findings.push(...invalidName(`${at}.port`, port as string, portNameProblems(port as string)));
  }
  return findings;
}

function validatePeer(peer: Readonly<NetworkPolicyPeer>, at: string): FieldError[] {
  const findings: FieldError[] = [];
  if (peer.podSelector) findings.push(...validateLabelSelector(peer.podSelector, `${at}.podSelector`));
  if (peer.namespaceSelector) findings.push(...validateLabelSelector(peer.namespaceSelector, `${at}.namespaceSelector`));
  if (peer.ipBlock) findings.push(...validateBlock(peer.ipBlock, `${at}.ipBlock`));
  if (!peer.podSelector && !peer.namespaceSelector && !peer.ipBlock) findings.push(required(at, 'must specify a peer'));
  else if (peer.ipBlock && (peer.podSelector || peer.namespaceSelector)) findings.push(forbidden(at, 'may not specify both ipBlock and another peer'));
  return findings;
}

function validateBlock(block: Readonly<IPBlock>, at: string): FieldError[] {
  if (!block.cidr) return [required(`${at}.cidr`)];
  const network = parseNetwork(block.cidr);
  if (!network) return [invalid(`${at}.cidr`, block.cidr, NOT_A_NETWORK)];
  return (block.except ?? []).flatMap((text, index) => {
    const except = parseNetwork(text);
    if (!except) return [invalid(`${at}.except[${index}]`, text, NOT_A_NETWORK)];
    const isStrictlyInside = containsNetwork(network, except) && except.bits > network.bits;
    return isStrictlyInside ? [] : [invalid(`${at}.except[${index}]`, text, 'must be a strict subset of `cidr`')];
  });
}
