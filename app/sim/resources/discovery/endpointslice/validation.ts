import type { EndpointSlice } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { isIPAddress } from '../../../machinery/ip-addresses.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems, labelValueProblems, qualifiedNameProblems } from '../../../machinery/names.ts';
import { duplicate, invalid, invalidName, notSupported, required } from '../../shared/findings.ts';
import { PROTOCOLS } from '../../shared/ports.ts';
import { specialAddressFindings } from '../../shared/special-addresses.ts';
import { NOT_AN_ADDRESS } from '../../shared/validate-pod-spec.ts';

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const MOST_ENDPOINTS = 1000;
const MOST_ADDRESSES = 100;
const MOST_PORTS = 20_000;

/** models pkg/apis/discovery/validation: ValidateEndpointSlice, ValidateEndpointSliceUpdate */
export function validateEndpointSlice(object: Readonly<EndpointSlice>, previous?: Readonly<EndpointSlice>): FieldError[] {
  const type = object.addressType;
  const findings: FieldError[] = [];
  if (!type) findings.push(required('addressType'));
  else if (!ADDRESS_TYPES.includes(type)) findings.push(notSupported('addressType', type, ADDRESS_TYPES));
  findings.push(...validatePorts(object), ...validateEndpoints(object));
  if (previous && previous.addressType !== type) findings.push(invalid('addressType', type, 'field is immutable'));
  return findings;
}

function validatePorts({ ports }: Readonly<EndpointSlice>): FieldError[] {
  if ((ports ?? []).length > MOST_PORTS) return [{ type: 'TooMany', field: 'ports', value: ports!.length, detail: `must have at most ${MOST_PORTS} items` }];
  const names = new Set<string>();
  return (ports ?? []).flatMap((port, index) => {
    const at = `ports[${index}]`;
    const name = port.name ?? '';
    const findings: FieldError[] = name ? invalidName(`${at}.name`, name, dns1123LabelProblems(name)) : [];
    if (names.has(name)) findings.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (!port.protocol) findings.push(required(`${at}.protocol`));
    else if (!PROTOCOLS.includes(port.protocol)) findings.push(notSupported(`${at}.protocol`, port.protocol, PROTOCOLS));
    if (port.appProtocol !== undefined) findings.push(...invalidName(`${at}.appProtocol`, port.appProtocol, qualifiedNameProblems(port.appProtocol)));
    return findings;
  });
}

function validateEndpoints({ endpoints, addressType }: Readonly<EndpointSlice>): FieldError[] {
  if ((endpoints ?? []).length > MOST_ENDPOINTS) return [{ type: 'TooMany', field: 'endpoints', value: endpoints!.length, detail: `must have at most ${MOST_ENDPOINTS} items` }];
  return (endpoints ?? []).flatMap((endpoint, index) => {
    const at = `endpoints[${index}]`;
    const addresses = endpoint.addresses ?? [];
    const findings: FieldError[] = [];
    if (addresses.length === 0) findings.push(required(`${at}.addresses`, 'must contain at least 1 address'));
    if (addresses.length > MOST_ADDRESSES) findings.push({ type: 'TooMany', field: `${at}.addresses`, value: addresses.length, detail: `must have at most ${MOST_ADDRESSES} items` });
    for (const [position, address] of addresses.entries()) findings.push(...validateAddress(address, addressType, `${at}.addresses[${position}]`));
    if (endpoint.nodeName !== undefined) findings.push(...invalidName(`${at}.nodeName`, endpoint.nodeName, dns1123SubdomainProblems(endpoint.nodeName)));
    for (const [key, value] of Object.entries(endpoint.deprecatedTopology ?? {})) findings.push(...invalidName(`${at}.deprecatedTopology`, key, qualifiedNameProblems(key)), ...invalidName(`${at}.deprecatedTopology`, value, labelValueProblems(value)));
    if (endpoint.hostname !== undefined) findings.push(...invalidName(`${at}.hostname`, endpoint.hostname, dns1123LabelProblems(endpoint.hostname)));
    return findings;
  });
}

function validateAddress(address: string, type: string | undefined, field: string): FieldError[] {
  if (type === 'FQDN') return invalidName(field, address, dns1123SubdomainProblems(address));
  if (type !== 'IPv4' && type !== 'IPv6') return [];
  if (!isIPAddress(address)) return [invalid(field, address, NOT_AN_ADDRESS)];
  if (address.includes(':') !== (type === 'IPv6')) return [invalid(field, address, `must be an ${type} address`)];
  return specialAddressFindings(address, field);
}
