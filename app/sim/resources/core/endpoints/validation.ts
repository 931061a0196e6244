import type { Endpoints, EndpointAddress } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { isIPAddress } from '../../../machinery/ip-addresses.ts';
import { dns1123LabelProblems } from '../../../machinery/names.ts';
import { invalid, invalidName, notSupported, required } from '../../shared/findings.ts';
import { portFindings, PROTOCOLS } from '../../shared/ports.ts';
import { specialAddressFindings } from '../../shared/special-addresses.ts';
import { NOT_AN_ADDRESS } from '../../shared/validate-pod-spec.ts';

/** models pkg/apis/core/validation: ValidateEndpoints */
export function validateEndpoints({ subsets }: Readonly<Endpoints>): FieldError[] {
  return (subsets ?? []).flatMap((subset, index) => {
    const at = `subsets[${index}]`;
    const findings: FieldError[] = [];
    if ((subset.addresses ?? []).length + (subset.notReadyAddresses ?? []).length === 0) findings.push(required(at, 'must specify `addresses` or `notReadyAddresses`'));
    for (const list of ['addresses', 'notReadyAddresses'] as const) for (const [position, address] of (subset[list] ?? []).entries()) findings.push(...validateAddress(address, `${at}.${list}[${position}]`));
    const ports = subset.ports ?? [];
    for (const [position, port] of ports.entries()) {
      const place = `${at}.ports[${position}]`;
      if (port.name) findings.push(...invalidName(`${place}.name`, port.name, dns1123LabelProblems(port.name)));
      else if (ports.length > 1) findings.push(required(`${place}.name`));
      findings.push(...portFindings(`${place}.port`, port.port ?? 0));
      if (!port.protocol) findings.push(required(`${place}.protocol`));
      else if (!PROTOCOLS.includes(port.protocol)) findings.push(notSupported(`${place}.protocol`, port.protocol, PROTOCOLS));
    }
    return findings;
  });
}

/** An address that is none is found twice, as upstream finds it: as a text and as a number. */
function validateAddress({ ip, hostname }: Readonly<EndpointAddress>, at: string): FieldError[] {
  const findings: FieldError[] = [];
  if (!isIPAddress(ip)) findings.push(invalid(`${at}.ip`, ip ?? '', NOT_AN_ADDRESS), invalid(`${at}.ip`, ip ?? '', 'must be a valid IP address'));
  else findings.push(...specialAddressFindings(ip, `${at}.ip`));
  if (hostname) findings.push(...invalidName(`${at}.hostname`, hostname, dns1123LabelProblems(hostname)));
  return findings;
}
