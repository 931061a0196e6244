import type { CoreV1Event } from '../../../../contracts/k8s/index.ts';
import { columnsOf } from '../../shared/columns.ts';
import { ageOf, objectName } from '../../shared/ages.ts';
import type { PrintContext } from '../../definition.ts';

/** The columns of Events, the same for both of their APIs. models printers: printEvent */
export const eventColumns = (resource: string): ReturnType<typeof columnsOf<CoreV1Event>> =>
  columnsOf<CoreV1Event>(resource, [
    (object, context) => lastSeen(object, context),
    (object) => object.type ?? '',
    (object) => object.reason ?? '',
    (object) => `${(object.involvedObject?.kind ?? '').toLowerCase()}/${object.involvedObject?.name ?? ''}`,
    (object) => object.involvedObject?.fieldPath ?? '',
    sourceText,
    (object) => (object.message ?? '').trim(),
    (object, context) => ageOf(object.firstTimestamp ?? object.eventTime, context),
    (object) => object.series?.count ?? Math.max(object.count ?? 0, 1),
    objectName,
  ]);

function lastSeen(object: Readonly<CoreV1Event>, context: PrintContext): string {
  if (object.series) return ageOf(object.series.lastObservedTime, context);
  return ageOf(object.lastTimestamp ?? object.firstTimestamp ?? object.eventTime, context);
}

function sourceText(object: Readonly<CoreV1Event>): string {
  const component = object.source?.component || object.reportingComponent || '';
  const host = object.source?.host || (object.reportingInstance ?? '');
  return host ? `${component}, ${host}` : component;
}
