import type { Container, ContainerPort, EnvVar, PodSpec, Probe, ResourceRequirements } from '../../../contracts/k8s/index.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../machinery/names.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { duplicate, forbidden, invalid, invalidName, nonNegative, notFound, notSupported, required } from './findings.ts';
import { validateLabels } from './validate-labels.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

/** models pkg/apis/core/validation: ValidatePodSpec, as far as learners and controllers use it (see fidelity.md). */
export function validatePodSpec(spec: Readonly<PodSpec>, field: string): FieldError[] {
  const volumeNames = new Set((spec.volumes ?? []).map((volume) => volume.name));
  const findings: FieldError[] = [];
  findings.push(...validateVolumes(spec, `${field}.volumes`));
  if ((spec.containers ?? []).length === 0) findings.push(required(`${field}.containers`));
  findings.push(...validateContainers(spec.containers ?? [], `${field}.containers`, volumeNames, []));
  findings.push(...validateContainers(spec.initContainers ?? [], `${field}.initContainers`, volumeNames, (spec.containers ?? []).map((container) => container.name)));
  if (!RESTART_POLICIES.includes(spec.restartPolicy ?? '')) {
    findings.push(spec.restartPolicy ? notSupported(`${field}.restartPolicy`, spec.restartPolicy, RESTART_POLICIES) : required(`${field}.restartPolicy`));
  }
  if (!DNS_POLICIES.includes(spec.dnsPolicy ?? '')) findings.push(notSupported(`${field}.dnsPolicy`, spec.dnsPolicy ?? '', DNS_POLICIES));
  findings.push(...validateLabels(spec.nodeSelector, `${field}.nodeSelector`));
  if (spec.serviceAccountName) findings.push(...invalidName(`${field}.serviceAccountName`, spec.serviceAccountName, dns1123SubdomainProblems(spec.serviceAccountName)));
  if (spec.nodeName) findings.push(...invalidName(`${field}.nodeName`, spec.nodeName, dns1123SubdomainProblems(spec.nodeName)));
  if (spec.hostname) findings.push(...invalidName(`${field}.hostname`, spec.hostname, dns1123LabelProblems(spec.hostname)));
  if (spec.activeDeadlineSeconds !== undefined && (spec.activeDeadlineSeconds < 1 || spec.activeDeadlineSeconds > 2 ** 31 - 1)) {
    findings.push(invalid(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 'must be between 1 and 2147483647, inclusive'));
  }
  findings.push(...validateTolerations(spec, `${field}.tolerations`));
  return findings;
}

function validateVolumes(spec: Readonly<PodSpec>, field: string): FieldError[] {
  const findings: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, volume] of (spec.volumes ?? []).entries()) {
    const at = `${field}[${index}]`;
    const sources = Object.keys(volume).filter((key) => key !== 'name');
    if (sources.length > 1) for (const source of sources.slice(1)) findings.push(forbidden(`${at}.${source}`, 'may not specify more than 1 volume type'));
    if (volume.hostPath && !volume.hostPath.path) findings.push(required(`${at}.hostPath.path`));
    if (volume.secret && !volume.secret.secretName) findings.push(required(`${at}.secret.secretName`));
    if (volume.configMap && !volume.configMap.name) findings.push(required(`${at}.configMap.name`));
    if (volume.persistentVolumeClaim && !volume.persistentVolumeClaim.claimName) findings.push(required(`${at}.persistentVolumeClaim.claimName`));
    if (!volume.name) findings.push(required(`${at}.name`));
    else {
      findings.push(...invalidName(`${at}.name`, volume.name, dns1123LabelProblems(volume.name)));
      if (seen.has(volume.name)) findings.push(duplicate(`${at}.name`, volume.name));
      seen.add(volume.name);
    }
  }
  return findings;
}

function validateContainers(containers: readonly Container[], field: string, volumes: ReadonlySet<string>, taken: readonly string[]): FieldError[] {
  const findings: FieldError[] = [];
  const names = new Set(taken);
  for (const [index, container] of containers.entries()) {
    const at = `${field}[${index}]`;
    if (!container.name) findings.push(required(`${at}.name`));
    else findings.push(...invalidName(`${at}.name`, container.name, dns1123LabelProblems(container.name)));
    if (!container.image) findings.push(required(`${at}.image`));
    else if (container.image !== container.image.trim()) findings.push(invalid(`${at}.image`, container.image, 'must not have leading or trailing whitespace'));
    if (!PULL_POLICIES.includes(container.imagePullPolicy ?? '')) findings.push(notSupported(`${at}.imagePullPolicy`, container.imagePullPolicy ?? '', PULL_POLICIES));
    findings.push(...validatePorts(container.ports ?? [], `${at}.ports`));
    findings.push(...validateEnvironment(container.env ?? [], `${at}.env`));
    findings.push(...validateMounts(container, `${at}.volumeMounts`, volumes));
    findings.push(...validateProbe(container.livenessProbe, `${at}.livenessProbe`, container), ...validateProbe(container.readinessProbe, `${at}.readinessProbe`), ...validateProbe(container.startupProbe, `${at}.startupProbe`, container));
    findings.push(...validateResources(container.resources, `${at}.resources`));
    if (names.has(container.name ?? '')) findings.push(duplicate(`${at}.name`, container.name ?? ''));
    names.add(container.name ?? '');
  }
  return findings;
}

function validatePorts(ports: readonly ContainerPort[], field: string): FieldError[] {
  const findings: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `${field}[${index}]`;
    if (port.name) {
      if (port.name.length > 15) findings.push(invalid(`${at}.name`, port.name, 'must be no more than 15 characters'));
      else if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(port.name)) findings.push(invalid(`${at}.name`, port.name, 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'));
      else if (!/[a-z]/.test(port.name)) findings.push(invalid(`${at}.name`, port.name, 'must contain at least one letter (a-z)'));
      if (names.has(port.name)) findings.push(duplicate(`${at}.name`, port.name));
      names.add(port.name);
    }
    if (!port.containerPort) findings.push(required(`${at}.containerPort`));
    else if (port.containerPort < 1 || port.containerPort > 65_535) findings.push(invalid(`${at}.containerPort`, port.containerPort, 'must be between 1 and 65535, inclusive'));
    if (port.hostPort !== undefined && (port.hostPort < 0 || port.hostPort > 65_535)) findings.push(invalid(`${at}.hostPort`, port.hostPort, 'must be between 1 and 65535, inclusive'));
    if (!['TCP', 'UDP', 'SCTP'].includes(port.protocol ?? '')) findings.push(notSupported(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']));
  }
  return findings;
}

function validateEnvironment(variables: readonly EnvVar[], field: string): FieldError[] {
  return variables.flatMap((variable, index): FieldError[] => {
    const at = `${field}[${index}]`;
    const findings: FieldError[] = [];
    if (!variable.name) findings.push(required(`${at}.name`));
    const source = variable.valueFrom;
    if (source && variable.value) findings.push(invalid(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty'));
    if (source && Object.keys(source).length === 0) {
      findings.push(invalid(`${at}.valueFrom`, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'));
    }
    if (source?.configMapKeyRef && !source.configMapKeyRef.key) findings.push(required(`${at}.valueFrom.configMapKeyRef.key`));
    if (source?.secretKeyRef && !source.secretKeyRef.key) findings.push(required(`${at}.valueFrom.secretKeyRef.key`));
    return findings;
  });
}

function validateMounts(container: Readonly<Container>, field: string, volumes: ReadonlySet<string>): FieldError[] {
  const paths = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount, index): FieldError[] => {
    const at = `${field}[${index}]`;
    const findings: FieldError[] = [];
    if (!mount.name) findings.push(required(`${at}.name`));
    if (mount.name && !volumes.has(mount.name)) findings.push(notFound(`${at}.name`, mount.name));
    if (!mount.mountPath) findings.push(required(`${at}.mountPath`));
    else if (paths.has(mount.mountPath)) findings.push(invalid(`${at}.mountPath`, mount.mountPath, 'must be unique'));
    paths.add(mount.mountPath);
    return findings;
  });
}

function validateProbe(probe: Readonly<Probe> | undefined, field: string, mustSucceedOnce?: unknown): FieldError[] {
  if (!probe) return [];
  const findings: FieldError[] = [];
  const handlers = [probe.exec, probe.httpGet, probe.tcpSocket, probe.grpc].filter((handler) => handler !== undefined);
  if (handlers.length === 0) findings.push(required(field, 'must specify a handler type'));
  if (handlers.length > 1) findings.push(forbidden(`${field}.${probe.exec ? 'httpGet' : 'tcpSocket'}`, 'may not specify more than 1 handler type'));
  findings.push(...nonNegative(`${field}.initialDelaySeconds`, probe.initialDelaySeconds), ...nonNegative(`${field}.timeoutSeconds`, probe.timeoutSeconds), ...nonNegative(`${field}.periodSeconds`, probe.periodSeconds), ...nonNegative(`${field}.successThreshold`, probe.successThreshold), ...nonNegative(`${field}.failureThreshold`, probe.failureThreshold));
  if (mustSucceedOnce && probe.successThreshold !== 1) findings.push(invalid(`${field}.successThreshold`, probe.successThreshold, 'must be 1'));
  return findings;
}

function validateResources(resources: Readonly<ResourceRequirements> | undefined, field: string): FieldError[] {
  const findings: FieldError[] = [];
  const check = (list: 'limits' | 'requests'): void => {
    for (const [name, value] of Object.entries(resources?.[list] ?? {})) {
      if (parseQuantity(value).sign < 0) findings.push(invalid(`${field}.${list}[${name}]`, value, 'must be greater than or equal to 0'));
    }
  };
  check('limits');
  check('requests');
  for (const [name, value] of Object.entries(resources?.requests ?? {})) {
    const limit = resources?.limits?.[name];
    if (limit !== undefined && parseQuantity(value).cmp(parseQuantity(limit)) > 0) findings.push(invalid(`${field}.requests`, value, `must be less than or equal to ${name} limit of ${limit}`));
  }
  return findings;
}

function validateTolerations(spec: Readonly<PodSpec>, field: string): FieldError[] {
  return (spec.tolerations ?? []).flatMap((toleration, index): FieldError[] => {
    const at = `${field}[${index}]`;
    const findings: FieldError[] = [];
    const operator = toleration.operator ?? 'Equal';
    if (!toleration.key && operator !== 'Exists') findings.push(invalid(`${at}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'));
    if (operator !== 'Equal' && operator !== 'Exists') findings.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
    if (operator === 'Exists' && toleration.value) findings.push(invalid(`${at}.operator`, toleration.value, 'value must be empty when `operator` is \'Exists\''));
    if (toleration.effect && !['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(toleration.effect)) findings.push(notSupported(`${at}.effect`, toleration.effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']));
    return findings;
  });
}
