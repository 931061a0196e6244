import type { CoreV1Event } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { defineResource } from '../../definition.ts';
import { invalid } from '../../shared/findings.ts';
import { eventColumns } from './cells.ts';

export const eventFields: Readonly<Record<string, (object: Readonly<CoreV1Event>) => string>> = {
  'involvedObject.kind': (object) => object.involvedObject?.kind ?? '',
  'involvedObject.namespace': (object) => object.involvedObject?.namespace ?? '',
  'involvedObject.name': (object) => object.involvedObject?.name ?? '',
  'involvedObject.uid': (object) => object.involvedObject?.uid ?? '',
  'involvedObject.apiVersion': (object) => object.involvedObject?.apiVersion ?? '',
  'involvedObject.resourceVersion': (object) => object.involvedObject?.resourceVersion ?? '',
  'involvedObject.fieldPath': (object) => object.involvedObject?.fieldPath ?? '',
  reason: (object) => object.reason ?? '',
  reportingComponent: (object) => object.reportingComponent ?? '',
  source: (object) => object.source?.component || (object.reportingComponent ?? ''),
  type: (object) => object.type ?? '',
};

export const event = defineResource<CoreV1Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  scope: 'Namespaced',
  shortNames: ['ev'],
  schema: 'io.k8s.api.core.v1.Event',
  storage: 'events',
  allowCreateOnUpdate: true,
  deleteReturns: 'status',
  validate: validateEvent,
  columns: eventColumns('v1/events'),
  selectableFields: eventFields,
});

/** models pkg/apis/core/validation: legacyValidateEvent */
export function validateEvent(object: Readonly<CoreV1Event>): FieldError[] {
  const subject = object.involvedObject?.namespace || 'default';
  if (object.metadata?.namespace && subject !== object.metadata.namespace) return [invalid('involvedObject.namespace', object.involvedObject?.namespace ?? '', 'does not match event.namespace')];
  return [];
}
