import type { CoreV1Event } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { eventColumns } from '../../core/event/cells.ts';
import { eventFields } from '../../core/event/definition.ts';
import { fromCore, toCore } from './conversion.ts';

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
  validate: () => [],
  columns: eventColumns('events.k8s.io/v1/events'),
  selectableFields: eventFields,
  storageVersion: { group: '', version: 'v1', schema: 'io.k8s.api.core.v1.Event', toStored: toCore, fromStored: fromCore },
});
