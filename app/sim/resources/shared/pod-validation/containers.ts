import type { Container, ContainerPort, EphemeralContainer, PodSpec, VolumeMount } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { dns1123LabelProblems, portNameProblems } from '../../../machinery/names.ts';
import { duplicate, forbidden, invalid, invalidName, notFound, notSupported, required } from '../findings.ts';
import { portFindings, PROTOCOLS } from '../ports.ts';
import { validateEnvironment, validateEnvironmentFrom } from './environment.ts';
import { validateHandler, validateProbe } from './handlers.ts';
import { validateResources } from './resources.ts';
import { validateSecurityContext } from './security.ts';
import { descendingPathFindings } from './volumes.ts';

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['FallbackToLogsOnError', 'File'];
const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None'];

/** models pkg/apis/core/validation: validateContainers */
export function validateContainers(containers: readonly Container[] | undefined, field: string, volumes: ReadonlySet<string>): FieldError[] {
  if ((containers ?? []).length === 0) return [required(field)];
  const findings: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, container] of containers!.entries()) {
    const at = `${field}[${index}]`;
    findings.push(...validateCommon(container, at, volumes));
    if (names.has(container.name)) findings.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    findings.push(...validateLife(container, at));
  }
  return [...findings, ...hostPortConflicts(containers!, field)];
}

/** Init containers; those that always restart are sidecars and have a life of their own. models validateInitContainers */
export function validateInitContainers(spec: Readonly<PodSpec>, field: string, volumes: ReadonlySet<string>): FieldError[] {
  const names = new Set((spec.containers ?? []).map(({ name }) => name));
  return (spec.initContainers ?? []).flatMap((container, index) => {
    const at = `${field}[${index}]`;
    const findings = validateCommon(container, at, volumes);
    const isSidecar = container.restartPolicy === 'Always';
    if (container.restartPolicy !== undefined && !isSidecar) findings.push(notSupported(`${at}.restartPolicy`, container.restartPolicy, ['Always']));
    if (container.name && names.has(container.name)) findings.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    findings.push(...hostPortConflicts([container], field));
    if (isSidecar) return [...findings, ...validateLife(container, at)];
    for (const part of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[part]) findings.push(forbidden(`${at}.${part}`, 'may not be set for init containers without restartPolicy=Always'));
    }
    return findings;
  });
}

/** models validateEphemeralContainers */
export function validateEphemeralContainers(spec: Readonly<PodSpec>, field: string, volumes: ReadonlySet<string>): FieldError[] {
  const others = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name);
  const names = new Set(others);
  return (spec.ephemeralContainers ?? []).flatMap((container: EphemeralContainer, index) => {
    const at = `${field}[${index}]`;
    const findings = validateCommon(container as Container, at, volumes);
    if (container.name && names.has(container.name)) findings.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    if (container.targetContainerName && !others.includes(container.targetContainerName)) findings.push(notFound(`${at}.targetContainerName`, container.targetContainerName));
    for (const part of ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const) if (container[part]) findings.push(forbidden(`${at}.${part}`, 'cannot be set for an Ephemeral Container'));
    if (Object.keys(container.resources ?? {}).length > 0) findings.push(forbidden(`${at}.resources`, 'cannot be set for an Ephemeral Container'));
    return findings;
  });
}

/** models validateContainerCommon */
function validateCommon(container: Readonly<Container>, at: string, volumes: ReadonlySet<string>): FieldError[] {
  const findings: FieldError[] = container.name ? invalidName(`${at}.name`, container.name, dns1123LabelProblems(container.name)) : [required(`${at}.name`)];
  if (!container.image) findings.push(required(`${at}.image`));
  else if (container.image !== container.image.trim()) findings.push(invalid(`${at}.image`, container.image, 'must not have leading or trailing whitespace'));
  if (!MESSAGE_POLICIES.includes(container.terminationMessagePolicy ?? '')) {
    findings.push(container.terminationMessagePolicy ? notSupported(`${at}.terminationMessagePolicy`, container.terminationMessagePolicy, MESSAGE_POLICIES) : required(`${at}.terminationMessagePolicy`));
  }
  findings.push(...validatePorts(container.ports, `${at}.ports`), ...validateEnvironment(container.env, `${at}.env`), ...validateEnvironmentFrom(container.envFrom, `${at}.envFrom`));
  findings.push(...validateMounts(container, `${at}.volumeMounts`, volumes));
  if (!container.imagePullPolicy) findings.push(required(`${at}.imagePullPolicy`));
  else if (!PULL_POLICIES.includes(container.imagePullPolicy)) findings.push(notSupported(`${at}.imagePullPolicy`, container.imagePullPolicy, PULL_POLICIES));
  findings.push(...validateResources(container.resources, `${at}.resources`));
  for (const [index, policy] of (container.resizePolicy ?? []).entries()) {
    if (policy.resourceName !== 'cpu' && policy.resourceName !== 'memory') findings.push(notSupported(`${at}.resizePolicy[${index}].resourceName`, policy.resourceName, ['cpu', 'memory']));
    if (!['NotRequired', 'RestartContainer'].includes(policy.restartPolicy)) findings.push(notSupported(`${at}.resizePolicy[${index}].restartPolicy`, policy.restartPolicy, ['NotRequired', 'RestartContainer']));
  }
  return [...findings, ...validateSecurityContext(container.securityContext, `${at}.securityContext`)];
}

function validateLife(container: Readonly<Container>, at: string): FieldError[] {
  const { postStart, preStop } = container.lifecycle ?? {};
  return [
    ...(postStart ? validateHandler(postStart, `${at}.lifecycle.postStart`) : []),
    ...(preStop ? validateHandler(preStop, `${at}.lifecycle.preStop`) : []),
    ...validateProbe(container.livenessProbe, `${at}.livenessProbe`, 'liveness'),
    ...validateProbe(container.readinessProbe, `${at}.readinessProbe`, 'readiness'),
    ...validateProbe(container.startupProbe, `${at}.startupProbe`, 'startup'),
  ];
}

/** models validateContainerPorts */
function validatePorts(ports: readonly ContainerPort[] | undefined, field: string): FieldError[] {
  const names = new Set<string>();
  return (ports ?? []).flatMap((port, index) => {
    const at = `${field}[${index}]`;
    const findings: FieldError[] = [];
    if (port.name) {
      const problems = portNameProblems(port.name);
      if (problems.length > 0) findings.push(...invalidName(`${at}.name`, port.name, problems));
      else if (names.has(port.name)) findings.push(duplicate(`${at}.name`, port.name));
      else names.add(port.name);
    }
    findings.push(...(port.containerPort ? portFindings(`${at}.containerPort`, port.containerPort) : [required(`${at}.containerPort`)]));
    if (port.hostPort) findings.push(...portFindings(`${at}.hostPort`, port.hostPort));
    if (!port.protocol) findings.push(required(`${at}.protocol`));
    else if (!PROTOCOLS.includes(port.protocol)) findings.push(notSupported(`${at}.protocol`, port.protocol, PROTOCOLS));
    return findings;
  });
}

/** models checkHostPortConflicts: AccumulateUniqueHostPorts */
function hostPortConflicts(containers: readonly Container[], field: string): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap((container, index) =>
    (container.ports ?? []).flatMap((port, portIndex) => {
      if (!port.hostPort) return [];
      const text = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      const isTaken = taken.has(text);
      taken.add(text);
      return isTaken ? [duplicate(`${field}[${index}].ports[${portIndex}].hostPort`, text)] : [];
    }),
  );
}

/** models ValidateVolumeMounts; sub-paths are reported without their index, as upstream does. */
function validateMounts(container: Readonly<Container>, field: string, volumes: ReadonlySet<string>): FieldError[] {
  const paths = new Set<string>();
  const devices = container.volumeDevices ?? [];
  return (container.volumeMounts ?? []).flatMap((mount: VolumeMount, index) => {
    const at = `${field}[${index}]`;
    const findings: FieldError[] = [];
    if (!mount.name) findings.push(required(`${at}.name`));
    if (!volumes.has(mount.name)) findings.push(notFound(`${at}.name`, mount.name));
    if (!mount.mountPath) findings.push(required(`${at}.mountPath`));
    if (paths.has(mount.mountPath)) findings.push(invalid(`${at}.mountPath`, mount.mountPath, 'must be unique'));
    paths.add(mount.mountPath);
    if (devices.some(({ name }) => name === mount.name)) findings.push(invalid(`${at}.name`, mount.name, 'must not already exist in volumeDevices'));
    if (devices.some(({ devicePath }) => devicePath === mount.mountPath)) findings.push(invalid(`${at}.mountPath`, mount.mountPath, 'must not already exist as a path in volumeDevices'));
    if (mount.subPath) findings.push(...descendingPathFindings(mount.subPath, `${field}.subPath`));
    if (mount.subPathExpr) {
      if (mount.subPath) findings.push(invalid(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
      findings.push(...descendingPathFindings(mount.subPathExpr, `${field}.subPathExpr`));
    }
    if (mount.mountPropagation !== undefined && !PROPAGATIONS.includes(mount.mountPropagation)) findings.push(notSupported(`${field}.mountPropagation`, mount.mountPropagation, PROPAGATIONS));
    if (mount.mountPropagation === 'Bidirectional' && !container.securityContext?.privileged) findings.push(forbidden(`${field}.mountPropagation`, 'Bidirectional mount propagation is available only to privileged containers'));
    return findings;
  });
}
