import { parseTime, rfc3339 } from '../../base/clock/index.ts';
import type { Pod, Service, ServicePort, Stored } from '../../contracts/k8s/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import { ControlLoop } from '../client/control-loop.ts';
import { pods, services } from '../client/resource-types.ts';
import { selectorFromSet } from '../machinery/labels.ts';
import { deepEqual, keyOf } from '../machinery/objects.ts';
import type { ControllerContext } from './context.ts';

/** What the loops for Endpoints and for EndpointSlices have in common: Services, and the Pods that stand behind them. */
export function startServiceLoop(name: string, context: ControllerContext, worker: { reconcile(key: string, cause: Cause): Promise<void> }): ControlLoop {
  const { informers } = context;
  const loop = new ControlLoop(name, context.clock, worker, 5);
  const enqueueServicesOf = (pod: Stored<Pod>, cause: Cause): void => {
    for (const service of informers.of(services).inNamespace(pod.metadata.namespace!)) {
      if (selects(service, pod)) loop.queue.add(keyOf(service), cause);
    }
  };
  informers.of(services).handle({
    onAdd: (service, cause) => loop.queue.add(keyOf(service), cause),
    onUpdate: (service, _, cause) => loop.queue.add(keyOf(service), cause),
    onDelete: (service, cause) => loop.queue.add(keyOf(service), cause),
  });
  informers.of(pods).handle({
    onAdd: enqueueServicesOf,
    onUpdate(pod, previous, cause) {
      enqueueServicesOf(pod, cause);
      if (!deepEqual(pod.metadata.labels, previous.metadata.labels)) enqueueServicesOf(previous, cause);
    },
    onDelete: enqueueServicesOf,
  });
  return loop;
}

/** An empty selector is none of ours: whoever wrote it keeps the endpoints himself. */
function selects(service: Stored<Service>, pod: Stored<Pod>): boolean {
  const selector = service.spec?.selector;
  return selector !== undefined && Object.keys(selector).length > 0 && selectorFromSet(selector).matches(pod.metadata.labels);
}

/** Pods of a Service with an address that have not finished. models endpointslice/util: ShouldPodBeInEndpoints */
export function podsBehind(context: ControllerContext, service: Stored<Service>, withTerminating: boolean): Stored<Pod>[] {
  return context.informers.of(pods).inNamespace(service.metadata.namespace!)
    .filter((pod) => selects(service, pod) && addressesOf(pod).length > 0 && pod.status!.phase !== 'Succeeded' && pod.status!.phase !== 'Failed' && (withTerminating || !pod.metadata.deletionTimestamp));
}

export function addressesOf(pod: Stored<Pod>): string[] {
  const list = (pod.status?.podIPs ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  return list.length > 0 || !pod.status?.podIP ? list : [pod.status.podIP];
}

/** The number behind a targetPort: a name is looked up in the containers, then in the sidecars. models podutil: FindPort */
export function findPort(pod: Stored<Pod>, { targetPort, protocol = 'TCP' }: ServicePort): number | undefined {
  if (typeof targetPort === 'number') return targetPort;
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  const serving = [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')];
  return serving.flatMap(({ ports = [] }) => ports).find((port) => port.name === targetPort && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}

/** The name under which cluster DNS knows one Pod of a headless Service. models endpointslice/util: ShouldSetHostname */
export function hostnameFor(pod: Stored<Pod>, service: Stored<Service>): { hostname?: string } {
  return pod.spec?.hostname && pod.spec.subdomain === service.metadata.name ? { hostname: pod.spec.hostname } : {};
}

export function isHeadless(service: Stored<Service>): boolean {
  return !service.spec?.clusterIP || service.spec.clusterIP === 'None';
}

export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

/**
 * When what made a Service's endpoints change happened: the earliest change of a Pod's readiness (or the Service's birth) that
 * the last reconcile did not know. models endpointslice/util: TriggerTimeTracker
 */
export class TriggerTimes {
  readonly #known = new Map<string, { readonly pods: ReadonlyMap<string, number>; readonly service: number }>();

  /** The annotation to write, undefined to take it away. */
  next(service: Stored<Service>, behind: readonly Stored<Pod>[]): string | undefined {
    const before = this.#known.get(keyOf(service));
    const now = new Map(behind.flatMap((pod): [string, number][] => {
      const at = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
      return at ? [[pod.metadata.name, parseTime(at)]] : [];
    }));
    const born = parseTime(service.metadata.creationTimestamp);
    const changes = [...now].filter(([name, at]) => at > (before?.pods.get(name) ?? 0)).map(([, at]) => at);
    if (born > (before?.service ?? 0)) changes.push(born);
    this.#known.set(keyOf(service), { pods: now, service: born });
    return changes.length > 0 ? rfc3339(Math.min(...changes)) : undefined;
  }

  forget(key: string): void {
    this.#known.delete(key);
  }
}

/** Annotations with the trigger time set, or taken away. */
export function withTriggerTime(annotations: Readonly<Record<string, string>> | undefined, time: string | undefined): Record<string, string> {
  const { [TRIGGER_TIME]: _, ...rest } = annotations ?? {};
  return time ? { ...rest, [TRIGGER_TIME]: time } : rest;
}
