import type { CoreV1Event } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { eventColumns } from '../../core/event/cells.ts';
import { eventFields } from '../../core/event/definition.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { invalid, invalidName, required } from '../../shared/findings.ts';
import { qualifiedNameProblems } from '../../../machinery/names.ts';
import { fromCore, selectableName, toCore } from './conversion.ts';

/** The newer API of Events: other names for the same stored objects, which are kept in their core form. */
export const eventsEvent = defineResource<CoreV1Event>({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  scope: 'Namespaced',
  shortNames: ['ev'],
  schema: 'io.k8s.api.events.v1.Event',
  storage: 'events',
  allowCreateOnUpdate: true,
  deleteReturns: 'status',
  validate: validateNewEvent,
  columns: eventColumns('events.k8s.io/v1/events'),
  selectableFields: Object.fromEntries(Object.entries(eventFields).map(([field, valueOf]) => [selectableName(field), valueOf])),
  storageVersion: { group: '', version: 'v1', schema: 'io.k8s.api.core.v1.Event', toStored: toCore, fromStored: fromCore },
});

/** In the core form, in which it is stored and refused. models pkg/apis/core/validation: ValidateEventCreate, ValidateEventUpdate */
function validateNewEvent(object: Readonly<CoreV1Event>, previous?: Readonly<CoreV1Event>): FieldError[] {
  const findings: FieldError[] = [];
  if (previous) {
    for (const field of ['involvedObject', 'reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count', 'type', 'eventTime', 'action', 'related', 'reportingComponent', 'reportingInstance'] as const) {
      if (!deepEqual(object[field] ?? null, previous[field] ?? null)) findings.push(invalid(field === 'reportingComponent' ? 'reportingController' : field, object[field] ?? null, 'field is immutable'));
    }
    return findings;
  }
  const subject = object.involvedObject?.namespace || 'default';
  if (object.metadata?.namespace && subject !== object.metadata.namespace) findings.push(invalid('involvedObject.namespace', object.involvedObject?.namespace ?? '', 'does not match event.namespace'));
  if (!object.eventTime) findings.push(required('eventTime'));
  if (object.type !== 'Normal' && object.type !== 'Warning') findings.push(invalid('type', '', `has invalid value: ${object.type ?? ''}`));
  if (!object.eventTime) return findings;
  if (!object.reportingComponent) findings.push(required('reportingController'));
  else findings.push(...invalidName('reportingController', object.reportingComponent, qualifiedNameProblems(object.reportingComponent)));
  for (const field of ['reportingInstance', 'action', 'reason'] as const) {
    if (!object[field]) findings.push(required(field));
    else if (object[field].length > 128) findings.push(invalid(field, '', 'can have at most 128 characters'));
  }
  if ((object.message ?? '').length > 1024) findings.push(invalid('message', '', 'can have at most 1024 characters'));
  return findings;
}
