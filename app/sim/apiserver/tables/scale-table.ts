import { ageOf } from '../../resources/shared/ages.ts';
import type { Json } from '../registry/registry.ts';

const COLUMNS = [
  { name: 'Name', type: 'string', format: 'name', description: 'Name must be unique within a namespace.', priority: 0 },
  { name: 'Desired', type: 'integer', format: '', description: 'Desired is the number of desired instances for the scaled object.', priority: 0 },
  { name: 'Available', type: 'integer', format: '', description: 'Available is the number of instances that are there.', priority: 0 },
  { name: 'Age', type: 'string', format: '', description: 'CreationTimestamp is a timestamp representing the server time when this object was created.', priority: 0 },
];

/** What `kubectl get --subresource=scale` shows. models printers: printScale */
export function scaleTable(scale: Readonly<Json>, now: number): Json {
  const { name, resourceVersion, creationTimestamp } = scale['metadata'];
  const cells = [name, scale['spec']?.replicas ?? 0, scale['status']?.replicas ?? 0, ageOf(creationTimestamp, { now })];
  const object = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: scale['metadata'] };
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion }, columnDefinitions: COLUMNS, rows: [{ cells, object }] };
}
