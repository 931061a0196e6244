import type { HostAlias, PodDNSConfig, PodSpec } from '../../../contracts/k8s/index.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { isIPAddress } from '../../machinery/ip-addresses.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from '../../machinery/names.ts';
import { duplicate, invalid, invalidName, notSupported, required } from './findings.ts';
import { validateAffinity } from './pod-validation/affinity.ts';
import { validateContainers, validateEphemeralContainers, validateInitContainers } from './pod-validation/containers.ts';
import { validateTolerations, validateTopologySpread } from './pod-validation/scheduling.ts';
import { validatePodSecurityContext } from './pod-validation/security.ts';
import { validateVolumes } from './pod-validation/volumes.ts';
import { amountFindings, containerResourceNameFindings } from './resource-names.ts';
import { validateLabels } from './validate-labels.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
export const NOT_AN_ADDRESS = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

/** models pkg/apis/core/validation: ValidatePodSpec, in its order. The parts stand in `pod-validation/`. */
export function validatePodSpec(spec: Readonly<PodSpec>, field: string): FieldError[] {
  const { findings, names } = validateVolumes(spec.volumes, `${field}.volumes`);
  findings.push(
    ...validateContainers(spec.containers, `${field}.containers`, names),
    ...validateInitContainers(spec, `${field}.initContainers`, names),
    ...validateEphemeralContainers(spec, `${field}.ephemeralContainers`, names),
    ...validateHostNetwork(spec, field),
  );
  if (!RESTART_POLICIES.includes(spec.restartPolicy ?? '')) findings.push(spec.restartPolicy ? notSupported(`${field}.restartPolicy`, spec.restartPolicy, RESTART_POLICIES) : required(`${field}.restartPolicy`));
  if (!DNS_POLICIES.includes(spec.dnsPolicy ?? '')) findings.push(spec.dnsPolicy ? notSupported(`${field}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES) : required(`${field}.dnsPolicy`));
  findings.push(...validateLabels(spec.nodeSelector, `${field}.nodeSelector`), ...validatePodSecurityContext(spec, field));
  for (const [index, secret] of (spec.imagePullSecrets ?? []).entries()) if (!secret.name) findings.push(required(`${field}.imagePullSecrets[${index}].name`));
  findings.push(...validateAffinity(spec.affinity, `${field}.affinity`), ...validateDns(spec.dnsConfig, spec.dnsPolicy, `${field}.dnsConfig`), ...validateGates(spec, field), ...validateTopologySpread(spec.topologySpreadConstraints, `${field}.topologySpreadConstraints`));
  return [...findings, ...validateNames(spec, field), ...validateTolerations(spec.tolerations, `${field}.tolerations`), ...validateHostAliases(spec.hostAliases, `${field}.hostAliases`), ...validateClasses(spec, field)];
}

/** Under the host's network a container's port is the host's. models validatePodHostNetworkDeps */
function validateHostNetwork(spec: Readonly<PodSpec>, field: string): FieldError[] {
  if (!spec.hostNetwork) return [];
  return (['containers', 'initContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap((container, index) =>
      (container.ports ?? []).flatMap((port, portIndex) =>
        // A template may leave it open: the Pod gets it when it is made.
        port.hostPort !== port.containerPort && (field === 'spec' || port.hostPort) ? [invalid(`${field}.${list}[${index}].ports[${portIndex}].hostPort`, port.hostPort ?? 0, 'must match `containerPort` when `hostNetwork` is true')] : [],
      ),
    ),
  );
}

function validateGates(spec: Readonly<PodSpec>, field: string): FieldError[] {
  const findings: FieldError[] = [];
  for (const [index, { conditionType }] of (spec.readinessGates ?? []).entries()) findings.push(...invalidName(`${field}.readinessGates[${index}].conditionType`, conditionType, qualifiedNameProblems(conditionType)));
  const names = new Set<string>();
  for (const [index, { name }] of (spec.schedulingGates ?? []).entries()) {
    findings.push(...invalidName(`${field}.schedulingGates[${index}]`, name, qualifiedNameProblems(name)));
    if (names.has(name)) findings.push(duplicate(`${field}.schedulingGates[${index}]`, name));
    names.add(name);
  }
  return findings;
}

function validateNames(spec: Readonly<PodSpec>, field: string): FieldError[] {
  const findings: FieldError[] = [];
  const deadline = spec.activeDeadlineSeconds;
  if (spec.serviceAccountName) findings.push(...invalidName(`${field}.serviceAccountName`, spec.serviceAccountName, dns1123SubdomainProblems(spec.serviceAccountName)));
  if (spec.nodeName) findings.push(...invalidName(`${field}.nodeName`, spec.nodeName, dns1123SubdomainProblems(spec.nodeName)));
  if (deadline !== undefined && (deadline < 1 || deadline > 2 ** 31 - 1)) findings.push(invalid(`${field}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive'));
  if (spec.hostname) findings.push(...invalidName(`${field}.hostname`, spec.hostname, dns1123LabelProblems(spec.hostname)));
  if (spec.subdomain) findings.push(...invalidName(`${field}.subdomain`, spec.subdomain, dns1123LabelProblems(spec.subdomain)));
  return findings;
}

/** models validatePodDNSConfig */
function validateDns(config: Readonly<PodDNSConfig> | undefined, policy: string | undefined, at: string): FieldError[] {
  if (policy === 'None') {
    if (!config) return [required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if ((config.nameservers ?? []).length === 0) return [required(`${at}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  if (!config) return [];
  const findings: FieldError[] = [];
  const servers = config.nameservers ?? [];
  if (servers.length > 3) findings.push(invalid(`${at}.nameservers`, servers, 'must not have more than 3 nameservers'));
  for (const [index, server] of servers.entries()) if (!isIPAddress(server)) findings.push(invalid(`${at}.nameservers[${index}]`, server, NOT_AN_ADDRESS));
  const searches = config.searches ?? [];
  if (searches.length > 32) findings.push(invalid(`${at}.searches`, searches, 'must not have more than 32 search paths'));
  for (const [index, search] of searches.entries()) if (search !== '.') findings.push(...invalidName(`${at}.searches[${index}]`, search, dns1123SubdomainProblems(search.replace(/\.$/, ''))));
  for (const [index, option] of (config.options ?? []).entries()) if (!option.name) findings.push(required(`${at}.options[${index}]`, 'must not be empty'));
  return findings;
}

function validateHostAliases(aliases: readonly HostAlias[] | undefined, field: string): FieldError[] {
  return (aliases ?? []).flatMap((alias, index) => [
    ...(isIPAddress(alias.ip) ? [] : [invalid(`${field}[${index}].ip`, alias.ip ?? '', NOT_AN_ADDRESS)]),
    ...(alias.hostnames ?? []).flatMap((name, nameIndex) => invalidName(`${field}[${index}].hostnames[${nameIndex}]`, name, dns1123SubdomainProblems(name))),
  ]);
}

function validateClasses(spec: Readonly<PodSpec>, field: string): FieldError[] {
  const findings: FieldError[] = [];
  if (spec.priorityClassName) findings.push(...invalidName(`${field}.priorityClassName`, spec.priorityClassName, dns1123SubdomainProblems(spec.priorityClassName)));
  if (spec.runtimeClassName !== undefined) findings.push(...invalidName(`${field}.runtimeClassName`, spec.runtimeClassName, dns1123SubdomainProblems(spec.runtimeClassName)));
  const policy = spec.preemptionPolicy;
  if (policy !== undefined && !['PreemptLowerPriority', 'Never'].includes(policy)) findings.push(notSupported(`${field}.preemptionPolicy`, policy, ['PreemptLowerPriority', 'Never']));
  for (const [name, amount] of Object.entries(spec.overhead ?? {})) findings.push(...containerResourceNameFindings(name, `${field}.overhead[${name}]`), ...amountFindings(name, amount, `${field}.overhead[${name}]`));
  if (spec.os && !['linux', 'windows'].includes(spec.os.name)) findings.push(spec.os.name ? notSupported(`${field}.os.name`, spec.os.name, ['linux', 'windows']) : required(`${field}.os.name`));
  return findings;
}
