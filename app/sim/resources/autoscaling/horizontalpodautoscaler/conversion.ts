import type { V2HorizontalPodAutoscaler } from '../../../../contracts/k8s/index.ts';
import { applyAutoscalerDefaults } from './defaults.ts';

type Json = Record<string, any>;

/** Where the older version keeps what it has no fields for. */
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CURRENT_METRICS = 'autoscaling.alpha.kubernetes.io/current-metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';
const ALL = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR];

/** autoscaling/v1 → v2. models pkg/apis/autoscaling/v1: Convert_v1_HorizontalPodAutoscaler_To_autoscaling_HorizontalPodAutoscaler */
export function toStored(object: Readonly<Json>): Json {
  const { targetCPUUtilizationPercentage: cpu, ...spec } = (object['spec'] ?? {}) as Json;
  const { currentCPUUtilizationPercentage: currentCpu, ...status } = (object['status'] ?? {}) as Json;
  const { annotations = {}, ...metadata } = (object['metadata'] ?? {}) as Json;
  const read = (key: string): Json[] | undefined => parse(annotations[key] as string | undefined);
  const kept = Object.fromEntries(Object.entries(annotations as Json).filter(([key]) => !ALL.includes(key)));
  const metrics = [...(cpu === undefined ? [] : [resource('cpu', { type: 'Utilization', averageUtilization: cpu })]), ...(read(METRICS) ?? []).map(specFromV1)];
  const current = [...(currentCpu === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: currentCpu } } }]), ...(read(CURRENT_METRICS) ?? []).map(statusFromV1)];
  const conditions = read(CONDITIONS);
  const behavior = read(BEHAVIOR) as Json | undefined;
  const stored: Json = {
    kind: object['kind'], apiVersion: 'autoscaling/v2',
    metadata: { ...metadata, ...(Object.keys(kept).length > 0 ? { annotations: kept } : {}) },
    spec: { ...spec, ...(metrics.length > 0 ? { metrics } : {}), ...(behavior ? { behavior } : {}) },
    status: { ...status, ...(current.length > 0 ? { currentMetrics: current } : {}), ...(conditions ? { conditions } : {}) },
  };
  // What lies in the store is read with the defaults of its own version.
  applyAutoscalerDefaults(stored as V2HorizontalPodAutoscaler);
  return stored;
}

/** autoscaling/v2 → v1. models Convert_autoscaling_HorizontalPodAutoscaler_To_v1_HorizontalPodAutoscaler */
export function fromStored(object: Readonly<Json>): Json {
  const { metrics = [], behavior, ...spec } = (object['spec'] ?? {}) as Json;
  const { currentMetrics, conditions, ...status } = (object['status'] ?? {}) as Json;
  const isCpu = (metric: Json, values: string): boolean => metric['type'] === 'Resource' && metric['resource']?.name === 'cpu' && metric['resource'][values]?.averageUtilization !== undefined;
  const cpu = (metrics as Json[]).find((metric) => isCpu(metric, 'target'));
  const currentCpu = ((currentMetrics ?? []) as Json[]).find((metric) => isCpu(metric, 'current'));
  const others = (metrics as Json[]).filter((metric) => !isCpu(metric, 'target')).map(specToV1);
  const otherCurrent = ((currentMetrics ?? []) as Json[]).filter((metric) => !isCpu(metric, 'current')).map(statusToV1);
  const added: Json = {
    ...(others.length > 0 ? { [METRICS]: JSON.stringify(others) } : {}),
    ...(otherCurrent.length > 0 ? { [CURRENT_METRICS]: JSON.stringify(otherCurrent) } : {}),
    ...((conditions ?? []).length > 0 ? { [CONDITIONS]: JSON.stringify(conditions) } : {}),
    ...(behavior ? { [BEHAVIOR]: JSON.stringify({ ScaleUp: behavior.scaleUp ?? null, ScaleDown: behavior.scaleDown ?? null }) } : {}),
  };
  const { scaleTargetRef, minReplicas, maxReplicas } = spec;
  const { observedGeneration, lastScaleTime, currentReplicas, desiredReplicas } = status;
  return defined({
    kind: object['kind'], apiVersion: 'autoscaling/v1',
    metadata: Object.keys(added).length > 0 ? withAnnotations(object['metadata'] as Json, added) : object['metadata'],
    spec: defined({ scaleTargetRef, minReplicas, maxReplicas, targetCPUUtilizationPercentage: cpu?.['resource'].target.averageUtilization }),
    status: defined({ observedGeneration, lastScaleTime, currentReplicas: currentReplicas ?? 0, desiredReplicas: desiredReplicas ?? 0, currentCPUUtilizationPercentage: currentCpu?.['resource'].current.averageUtilization }),
  });
}

/** Annotations stand after the labels and before the owners, as in every object. */
function withAnnotations(metadata: Json, added: Json): Json {
  const { ownerReferences, finalizers, managedFields, annotations, ...rest } = metadata;
  return defined({ ...rest, annotations: { ...annotations, ...added }, ownerReferences, finalizers, managedFields });
}

function parse(text: string | undefined): Json[] | undefined {
  if (text === undefined) return undefined;
  try {
    const found = JSON.parse(text) as Json;
    return ('ScaleUp' in found ? { ...(found['ScaleUp'] ? { scaleUp: found['ScaleUp'] } : {}), ...(found['ScaleDown'] ? { scaleDown: found['ScaleDown'] } : {}) } : found) as Json[];
  } catch {
    return undefined;
  }
}

const resource = (name: string, target: Json): Json => ({ type: 'Resource', resource: { name, target } });
const defined = (object: Json): Json => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

function specToV1(metric: Json): Json {
  const { resource: byResource, containerResource, pods, object, external } = metric;
  const share = (source: Json): Json => defined({ name: source['name'], targetAverageUtilization: source['target'].averageUtilization, targetAverageValue: source['target'].averageValue, container: source['container'] });
  return defined({
    type: metric['type'],
    object: object && defined({ target: object.describedObject, metricName: object.metric.name, targetValue: object.target.value ?? '0', selector: object.metric.selector, averageValue: object.target.averageValue }),
    pods: pods && defined({ metricName: pods.metric.name, targetAverageValue: pods.target.averageValue, selector: pods.metric.selector }),
    resource: byResource && share(byResource as Json),
    containerResource: containerResource && share(containerResource as Json),
    external: external && defined({ metricName: external.metric.name, metricSelector: external.metric.selector, targetValue: external.target.value, targetAverageValue: external.target.averageValue }),
  });
}

function specFromV1(metric: Json): Json {
  const { resource: byResource, containerResource, pods, object, external } = metric;
  const share = ({ targetAverageUtilization, targetAverageValue, ...rest }: Json): Json => ({ ...rest, target: target({ averageUtilization: targetAverageUtilization, averageValue: targetAverageValue }) });
  return defined({
    type: metric['type'],
    object: object && { describedObject: object.target, metric: defined({ name: object.metricName, selector: object.selector }), target: target(object.averageValue ? { averageValue: object.averageValue } : { value: object.targetValue }) },
    pods: pods && { metric: defined({ name: pods.metricName, selector: pods.selector }), target: target({ averageValue: pods.targetAverageValue }) },
    resource: byResource && share(byResource as Json),
    containerResource: containerResource && share(containerResource as Json),
    external: external && { metric: defined({ name: external.metricName, selector: external.metricSelector }), target: target({ value: external.targetValue, averageValue: external.targetAverageValue }) },
  });
}

function target(values: Json): Json {
  const { averageUtilization, averageValue } = values;
  return { type: averageUtilization !== undefined ? 'Utilization' : averageValue !== undefined ? 'AverageValue' : 'Value', ...defined(values) };
}

function statusToV1(metric: Json): Json {
  const { resource: byResource, containerResource, pods, object, external } = metric;
  const share = (source: Json): Json => defined({ name: source['name'], currentAverageUtilization: source['current'].averageUtilization, currentAverageValue: source['current'].averageValue, container: source['container'] });
  return defined({
    type: metric['type'],
    object: object && defined({ target: object.describedObject, metricName: object.metric.name, currentValue: object.current.value ?? '0', averageValue: object.current.averageValue }),
    pods: pods && { metricName: pods.metric.name, currentAverageValue: pods.current.averageValue },
    resource: byResource && share(byResource as Json),
    containerResource: containerResource && share(containerResource as Json),
    external: external && defined({ metricName: external.metric.name, currentValue: external.current.value ?? '0', currentAverageValue: external.current.averageValue }),
  });
}

function statusFromV1(metric: Json): Json {
  const { resource: byResource, containerResource, pods, object, external } = metric;
  const share = ({ currentAverageUtilization, currentAverageValue, ...rest }: Json): Json => ({ ...rest, current: defined({ averageUtilization: currentAverageUtilization, averageValue: currentAverageValue }) });
  return defined({
    type: metric['type'],
    object: object && { describedObject: object.target, metric: { name: object.metricName }, current: defined({ value: object.currentValue, averageValue: object.averageValue }) },
    pods: pods && { metric: { name: pods.metricName }, current: { averageValue: pods.currentAverageValue } },
    resource: byResource && share(byResource as Json),
    containerResource: containerResource && share(containerResource as Json),
    external: external && { metric: { name: external.metricName }, current: defined({ value: external.currentValue, averageValue: external.currentAverageValue }) },
  });
}
