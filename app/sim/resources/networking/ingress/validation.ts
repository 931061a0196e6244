import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule, IngressTLS } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { isIPAddress } from '../../../machinery/ip-addresses.ts';
import { dns1035LabelProblems, dns1123SubdomainProblems, pathSegmentProblems, portNameProblems, wildcardSubdomainProblems } from '../../../machinery/names.ts';
import { invalid, invalidName, notSupported, required } from '../../shared/findings.ts';
import { portFindings } from '../../shared/ports.ts';

export const INGRESS_CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const FORBIDDEN_IN_PATHS = ['//', '/./', '/../', '%2f', '%2F'];
const FORBIDDEN_AT_THE_END = ['/..', '/.'];
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];

/** models pkg/apis/networking/validation: ValidateIngressCreate, ValidateIngressUpdate */
export function validateIngress(object: Readonly<Ingress>, previous?: Readonly<Ingress>): FieldError[] {
  const spec = object.spec ?? {};
  const findings: FieldError[] = [];
  if ((spec.rules ?? []).length === 0 && !spec.defaultBackend) findings.push(invalid('spec', null, 'either `defaultBackend` or `rules` must be specified'));
  if (spec.defaultBackend) findings.push(...validateBackend(spec.defaultBackend, 'spec.defaultBackend'));
  for (const [index, rule] of (spec.rules ?? []).entries()) findings.push(...validateRule(rule, `spec.rules[${index}]`));
  for (const [index, entry] of (spec.tls ?? []).entries()) findings.push(...validateTls(entry, `spec.tls[${index}]`));
  if (spec.ingressClassName !== undefined) findings.push(...invalidName('spec.ingressClassName', spec.ingressClassName, dns1123SubdomainProblems(spec.ingressClassName)));
  const annotation = object.metadata?.annotations?.[INGRESS_CLASS_ANNOTATION];
  if (!previous && annotation !== undefined && spec.ingressClassName !== undefined) {
    findings.push(invalid(`annotations.${INGRESS_CLASS_ANNOTATION}`, annotation, 'can not be set when the class field is also set'));
  }
  return findings;
}

function hostFindings(host: string, field: string): FieldError[] {
  return invalidName(field, host, host.includes('*') ? wildcardSubdomainProblems(host) : dns1123SubdomainProblems(host));
}

function validateRule(rule: Readonly<IngressRule>, at: string): FieldError[] {
  const findings: FieldError[] = [];
  if (rule.host) {
    if (isIPAddress(rule.host)) findings.push(invalid(`${at}.host`, rule.host, 'must be a DNS name, not an IP address'));
    else findings.push(...hostFindings(rule.host, `${at}.host`));
  }
  if (!rule.http) return findings;
  if ((rule.http.paths ?? []).length === 0) findings.push(required(`${at}.http.paths`));
  for (const [index, path] of (rule.http.paths ?? []).entries()) findings.push(...validatePath(path, `${at}.http.paths[${index}]`));
  return findings;
}

function validatePath(entry: Readonly<HTTPIngressPath>, at: string): FieldError[] {
  const { path = '', pathType } = entry;
  if (!pathType) return [required(`${at}.pathType`, 'pathType must be specified')];
  const findings: FieldError[] = [];
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!path.startsWith('/')) findings.push(invalid(`${at}.path`, path, 'must be an absolute path'));
    for (const sequence of FORBIDDEN_IN_PATHS) if (path.includes(sequence)) findings.push(invalid(`${at}.path`, path, `must not contain '${sequence}'`));
    for (const suffix of FORBIDDEN_AT_THE_END) if (path.endsWith(suffix)) findings.push(invalid(`${at}.path`, path, `cannot end with '${suffix}'`));
  } else if (pathType === 'ImplementationSpecific') {
    if (path && !path.startsWith('/')) findings.push(invalid(`${at}.path`, path, 'must be an absolute path'));
  } else findings.push(notSupported(`${at}.pathType`, pathType, PATH_TYPES));
  return [...findings, ...validateBackend(entry.backend, `${at}.backend`)];
}

function validateBackend(backend: Readonly<IngressBackend> | undefined, at: string): FieldError[] {
  const { service, resource } = backend ?? {};
  if (service && resource) return [invalid(at, '', 'cannot set both resource and service backends')];
  if (resource) {
    return [
      ...(resource.kind ? invalidName(`${at}.resource.kind`, resource.kind, pathSegmentProblems(resource.kind)) : [required(`${at}.resource.kind`, 'kind is required')]),
      ...(resource.name ? invalidName(`${at}.resource.name`, resource.name, pathSegmentProblems(resource.name)) : [required(`${at}.resource.name`, 'name is required')]),
    ];
  }
  if (!service) return [invalid(at, '', 'resource or service backend is required')];
  const findings: FieldError[] = service.name ? invalidName(`${at}.service.name`, service.name, dns1035LabelProblems(service.name)) : [required(`${at}.service.name`)];
  const { name, number } = service.port ?? {};
  if (name && number) findings.push(invalid(at, '', 'cannot set both port name & port number'));
  else if (name) findings.push(...invalidName(`${at}.service.port.name`, name, portNameProblems(name)));
  else if (number) findings.push(...portFindings(`${at}.service.port.number`, number));
  else findings.push(required(at, 'port name or number is required'));
  return findings;
}

function validateTls(entry: Readonly<IngressTLS>, at: string): FieldError[] {
  return [
    ...(entry.hosts ?? []).flatMap((host, index) => hostFindings(host, `${at}.hosts[${index}]`)),
    ...(entry.secretName ? invalidName(`${at}.secretName`, entry.secretName, dns1123SubdomainProblems(entry.secretName)) : []),
  ];
}
