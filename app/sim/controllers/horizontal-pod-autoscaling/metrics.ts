import { parseTime } from '../../../base/clock/index.ts';
import type { Pod, Stored, V2HorizontalPodAutoscaler, V2MetricSpec, V2MetricStatus } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { pods } from '../../client/resource-types.ts';
import { parseSelector } from '../../machinery/labels.ts';
import { parseQuantity, Quantity } from '../../machinery/quantity.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { ControllerContext } from '../context.ts';
import { proposeReplicas, type Target, type Usage } from './replicas.ts';

interface PodMetrics {
  readonly metadata: { readonly name: string };
  readonly timestamp: string;
  readonly window: string;
  readonly containers: readonly { readonly name: string; readonly usage: Readonly<Record<string, string>> }[];
}

/** A metric without an answer: `reason` for the condition, two wordings of why. */
export class MetricError extends Error {
  readonly reason: string;
  /** What the event and the condition say. */
  readonly detail: string;
  constructor(reason: string, detail: string, message: string) {
    super(message);
    this.reason = reason;
    this.detail = detail;
  }
}

export interface MetricResult {
  readonly replicas: number;
  readonly name: string;
  readonly status: V2MetricStatus;
}

/** What one metric proposes. models horizontal.go: computeReplicasForMetric */
export async function judgeMetric(context: ControllerContext, autoscaler: Stored<V2HorizontalPodAutoscaler>, metric: Readonly<V2MetricSpec>, selector: string, current: number, cause: Cause): Promise<MetricResult> {
  switch (metric.type) {
    case 'Resource':
    case 'ContainerResource':
      return judgeResource(context, autoscaler, metric, selector, current, cause);
    case 'Pods':
      throw failed('FailedGetPodsMetric', `unable to get metric ${metric.pods?.metric.name}: no custom metrics API (custom.metrics.k8s.io) registered`, 'failed to get pods metric value');
    case 'Object':
      throw failed('FailedGetObjectMetric', `unable to get metric ${metric.object?.metric.name}: ${metric.object?.describedObject.kind} on ${autoscaler.metadata.namespace} ${metric.object?.describedObject.name}/no custom metrics API (custom.metrics.k8s.io) registered`, 'failed to get object metric value');
    case 'External':
      throw failed('FailedGetExternalMetric', `unable to get external metric ${autoscaler.metadata.namespace}/${metric.external?.metric.name}/nil: unable to fetch metrics from external metrics API: the server could not find the requested resource (get ${metric.external?.metric.name}.external.metrics.k8s.io)`, `failed to get ${metric.external?.metric.name} external metric value`);
    default:
      throw failed('InvalidMetricSourceType', `unknown metric source type ${JSON.stringify(metric.type)}`, 'unknown metric source type');
  }
}

function failed(reason: string, detail: string, prefix: string): MetricError {
  return new MetricError(reason, detail, `${prefix}: ${detail}`);
}

async function judgeResource(context: ControllerContext, autoscaler: Stored<V2HorizontalPodAutoscaler>, metric: Readonly<V2MetricSpec>, selector: string, current: number, cause: Cause): Promise<MetricResult> {
  const source = metric.resource ?? metric.containerResource!;
  const { name, target } = source;
  const byContainer = metric.containerResource?.container;
  const reason = byContainer === undefined ? 'FailedGetResourceMetric' : 'FailedGetContainerResourceMetric';
  const prefix = byContainer === undefined ? `failed to get ${name} resource metric value` : `failed to get ${name} container metric value`;
  const isShare = target.averageUtilization !== undefined;
  const { namespace } = autoscaler.metadata;
  try {
    const usage = await fetchUsage(context, namespace!, name, selector, byContainer, cause);
    const matches = parseSelector(selector);
    const selected = context.informers.of(pods).inNamespace(namespace!).filter(({ metadata }) => matches.matches(metadata.labels)) as Stored<Pod>[];
    const proposal = proposeReplicas(current, selected, usage, targetOf(autoscaler, metric), context.clock.now());
    const isMemory = name === 'memory';
    const averageValue = isMemory ? new Quantity(BigInt(proposal.averageMillis) * 1_000_000n, 'BinarySI').toString() : Quantity.fromMillis(proposal.averageMillis).toString();
    const values = { ...(proposal.utilization === undefined ? {} : { averageUtilization: proposal.utilization }), averageValue };
    const what = byContainer === undefined ? `${name} resource` : `${name} container resource`;
    return {
      replicas: proposal.replicas, name: isShare ? `${what} utilization (percentage of request)` : what,
      status: byContainer === undefined ? { type: 'Resource', resource: { name, current: values } } : { type: 'ContainerResource', containerResource: { name, container: byContainer, current: values } },
    };
  } catch (error) {
    const detail = `failed to get ${name} ${isShare ? 'utilization' : 'usage'}: ${(error as Error).message}`;
    throw failed(reason, detail, prefix);
  }
}

const DEFAULT_TOLERANCE = 0.1;

function targetOf({ spec }: Stored<V2HorizontalPodAutoscaler>, metric: Readonly<V2MetricSpec>): Target {
  const { name, target } = metric.resource ?? metric.containerResource!;
  const millis = (text: string): number => Number(parseQuantity(text).nano / 1_000_000n);
  const tolerance = (text: string | undefined): number => (text === undefined ? DEFAULT_TOLERANCE : millis(text) / 1000);
  return {
    resource: name, ...(metric.containerResource ? { container: metric.containerResource.container } : {}),
    ...(target.averageUtilization === undefined ? {} : { utilization: target.averageUtilization }),
    ...(target.averageValue === undefined ? {} : { averageMillis: millis(target.averageValue) }),
    tolerance: { up: tolerance(spec.behavior?.scaleUp?.tolerance), down: tolerance(spec.behavior?.scaleDown?.tolerance) },
  };
}

/** Asks the resource metrics API. models podautoscaler/metrics: GetResourceMetric */
async function fetchUsage({ client }: ControllerContext, namespace: string, resource: string, selector: string, container: string | undefined, cause: Cause): Promise<Map<string, Usage>> {
  const about = `unable to get metrics for resource ${resource}`;
  let items: readonly PodMetrics[];
  try {
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`;
    const { body } = await client.transport.send<{ items: readonly PodMetrics[] } | string>({ method: 'GET', path, query: { labelSelector: selector }, cause });
    items = (typeof body === 'string' ? (JSON.parse(body) as { items: readonly PodMetrics[] }) : body).items;
  } catch (error) {
    // A group that is not there answers in plain text; a client says this.
    const { message } = error as Error;
    const words = isNotFound(error) || message.endsWith('404 page not found') ? 'the server could not find the requested resource (get pods.metrics.k8s.io)' : message;
    throw new Error(`${about}: unable to fetch metrics from resource metrics API: ${words}`);
  }
  if (items.length === 0) throw new Error(`${about}: no metrics returned from resource metrics API`);
  const usage = new Map<string, Usage>();
  for (const { metadata, timestamp, window, containers } of items) {
    const counted = containers.filter(({ name }) => container === undefined || name === container);
    if (counted.length === 0 || counted.some((entry) => entry.usage[resource] === undefined)) continue;
    const value = counted.reduce((sum, entry) => sum + Number(parseQuantity(entry.usage[resource]!).nano / 1_000_000n), 0);
    usage.set(metadata.name, { value, at: parseTime(timestamp), windowMs: Number.parseFloat(window) * 1000 || 0 });
  }
  return usage;
}
