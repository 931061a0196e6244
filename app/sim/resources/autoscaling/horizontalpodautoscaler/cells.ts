import type { V2HorizontalPodAutoscaler, V2MetricSpec, V2MetricStatus, V2MetricTarget, V2MetricValueStatus } from '../../../../contracts/k8s/index.ts';
import type { Column } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';

const UNKNOWN = '<unknown>';
const MAX_SHOWN = 2;

/** models printers: printHorizontalPodAutoscaler */
export function autoscalerColumns(resource: string): readonly Column<V2HorizontalPodAutoscaler>[] {
  return columnsOf<V2HorizontalPodAutoscaler>(resource, [
    objectName,
    ({ spec }) => `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`,
    targetsText,
    ({ spec }) => (spec?.minReplicas === undefined ? '<unset>' : String(spec.minReplicas)),
    ({ spec }) => spec?.maxReplicas ?? 0,
    ({ status }) => status?.currentReplicas ?? 0,
    objectAge,
  ]);
}

/** `cpu: 12%/60%, memory: <unknown>/100Mi + 1 more...`: models formatHPAMetrics */
function targetsText({ spec, status }: Readonly<V2HorizontalPodAutoscaler>): string {
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const all = metrics.map((metric, index) => metricText(metric, status?.currentMetrics?.[index]));
  return all.length > MAX_SHOWN ? `${all.slice(0, MAX_SHOWN).join(', ')} + ${all.length - MAX_SHOWN} more...` : all.join(', ');
}

function metricText(metric: Readonly<V2MetricSpec>, status: Readonly<V2MetricStatus> | undefined): string {
  switch (metric.type) {
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? UNKNOWN}/${metric.pods?.target.averageValue ?? ''}`;
    case 'Object':
      return valueText(metric.object?.target, status?.object?.current);
    case 'External':
      return valueText(metric.external?.target, status?.external?.current);
    case 'Resource':
      return `${metric.resource?.name}: ${resourceText(metric.resource?.target, status?.resource?.current)}`;
    case 'ContainerResource':
      return `${metric.containerResource?.name}: ${resourceText(metric.containerResource?.target, status?.containerResource?.current)}`;
    default:
      return '<unknown type>';
  }
}

function valueText(target: Readonly<V2MetricTarget> | undefined, current: Readonly<V2MetricValueStatus> | undefined): string {
  return target?.averageValue === undefined ? `${current?.value ?? UNKNOWN}/${target?.value ?? ''}` : `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
}

function resourceText(target: Readonly<V2MetricTarget> | undefined, current: Readonly<V2MetricValueStatus> | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${target.averageValue}`;
  const used = current?.averageUtilization === undefined ? UNKNOWN : `${current.averageUtilization}%`;
  return `${used}/${target?.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`}`;
}
