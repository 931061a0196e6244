import { expect, it } from 'vitest';
import type { PersistentVolumeClaim } from '../../../../contracts/k8s/index.ts';
import { validatePersistentVolumeClaim } from './validation.ts';

const claim = (spec: object, status: object = { phase: 'Pending' }): PersistentVolumeClaim => ({ metadata: { name: 'pvc' }, spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem', resources: { requests: { storage: '2Gi' } }, ...spec }, status }) as PersistentVolumeClaim;
const words = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n';

it.each([
  ['other access modes', claim({}), claim({ accessModes: ['ReadWriteMany'] }), [['spec', `${words}@@ -1,6 +1,6 @@\n {\n  "AccessModes": [\n-  "ReadWriteOnce"\n+  "ReadWriteMany"\n  ],\n  "Selector": null,\n  "Resources": {\n`]]],
  ['a smaller size', claim({}), claim({ resources: { requests: { storage: '1Gi' } } }), [['spec', `${words}@@ -6,7 +6,7 @@\n  "Resources": {\n   "Limits": null,\n   "Requests": {\n-   "storage": "2Gi"\n+   "storage": "1Gi"\n   }\n  },\n  "VolumeName": "",\n`]]],
  ['the volume, set once', claim({}), claim({ volumeName: 'pv' }), []],
  ['growing when bound', claim({ volumeName: 'pv' }, { phase: 'Bound' }), claim({ volumeName: 'pv', resources: { requests: { storage: '3Gi' } } }, { phase: 'Bound' }), []],
  ['below the real size', claim({ volumeName: 'pv' }, { phase: 'Bound', capacity: { storage: '2Gi' } }), claim({ volumeName: 'pv', resources: { requests: { storage: '1Gi' } } }, { phase: 'Bound', capacity: { storage: '2Gi' } }), [['spec.resources.requests.storage', 'field can not be less than status.capacity']]],
])('an update: %s', (_, previous, next, findings) => {
  expect(validatePersistentVolumeClaim(next, previous).map(({ field, detail }) => [field, detail])).toEqual(findings);
});
