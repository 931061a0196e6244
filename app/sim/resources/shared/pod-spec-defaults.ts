import type { Container, Pod, PodSpec, Probe, Volume } from '../../../contracts/k8s/index.ts';

/** models pkg/apis/core/v1: SetDefaults_PodSpec and its neighbours; used by Pods and by every template of Pods. */
export function applyPodSpecDefaults(spec: PodSpec, options: { isTemplate: boolean }): void {
  spec.restartPolicy ??= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.securityContext ??= {};
  spec.schedulerName ??= 'default-scheduler';
  if (!options.isTemplate) spec.enableServiceLinks ??= true;
  if (spec.serviceAccountName && !spec.serviceAccount) spec.serviceAccount = spec.serviceAccountName;
  const lasting = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  for (const container of [...lasting, ...((spec.ephemeralContainers ?? []) as Container[])]) applyContainerDefaults(container);
  if (!options.isTemplate) for (const container of lasting) applyOwnDefaults(container, spec);
  for (const volume of spec.volumes ?? []) applyVolumeDefaults(volume);
}

/** Of Pods only: a template says no more than its author did. models SetDefaults_Pod */
function applyOwnDefaults(container: Container, spec: PodSpec): void {
  if (spec.hostNetwork) for (const port of container.ports ?? []) port.hostPort ??= port.containerPort;
  const { limits } = container.resources!;
  if (!limits) return;
  container.resources!.requests ??= {};
  for (const [name, value] of Object.entries(limits)) container.resources!.requests[name] ??= value;
}

function applyContainerDefaults(container: Container): void {
  container.resources ??= {};
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  container.imagePullPolicy ??= defaultPullPolicy(container.image ?? '');
  for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef) variable.valueFrom.fieldRef.apiVersion ??= 'v1';
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) if (probe) applyProbeDefaults(probe);
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop]) {
    if (!handler?.httpGet) continue;
    handler.httpGet.path ??= '/';
    handler.httpGet.scheme ??= 'HTTP';
  }
}

/** `:latest` or no tag: Always. models SetDefaults_Container */
function defaultPullPolicy(image: string): string {
  const afterSlash = image.slice(image.lastIndexOf('/') + 1);
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^:]+)$/.exec(afterSlash)?.[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function applyProbeDefaults(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.httpGet) {
    probe.httpGet.path ??= '/';
    probe.httpGet.scheme ??= 'HTTP';
  }
  if (probe.grpc) probe.grpc.service ??= '';
}

function applyVolumeDefaults(volume: Volume): void {
  const hasSource = Object.keys(volume).some((key) => key !== 'name');
  if (!hasSource) volume.emptyDir = {};
  if (volume.secret) volume.secret.defaultMode ??= 0o644;
  if (volume.configMap) volume.configMap.defaultMode ??= 0o644;
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= 0o644;
    for (const item of volume.downwardAPI.items ?? []) if (item.fieldRef) item.fieldRef.apiVersion ??= 'v1';
  }
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (!volume.projected) return;
  volume.projected.defaultMode ??= 0o644;
  for (const source of volume.projected.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
    for (const item of source.downwardAPI?.items ?? []) if (item.fieldRef) item.fieldRef.apiVersion ??= 'v1';
  }
}

/** models pkg/apis/core/v1/helper/qos: ComputePodQOS */
export function qosClass(spec: Readonly<PodSpec>): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const meaningful = (list: Record<string, string> | undefined): [string, string][] =>
    Object.entries(list ?? {}).filter(([name, value]) => (name === 'cpu' || name === 'memory') && value !== '0');
  let any = false;
  let guaranteed = containers.length > 0;
  for (const { resources } of containers) {
    const limits = meaningful(resources?.limits);
    const requests = meaningful(resources?.requests);
    if (limits.length > 0 || requests.length > 0) any = true;
    const isExact = limits.length === 2 && requests.every(([name, value]) => resources?.limits?.[name] === value);
    if (!isExact) guaranteed = false;
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** The generation of a Pod's or template's spec changes only with its content. */
export type PodLike = Pick<Pod, 'spec'>;
