import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { CLEANUP_FINALIZER, type CustomResourceDefinition } from './types.ts';
import { validateDefinition } from './validation.ts';

type Json = Record<string, any>;

/** A kind that users add while the cluster runs. */
export const customResourceDefinition = defineResource<Json>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  scope: 'Cluster',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  storage: 'apiextensions.k8s.io/customresourcedefinitions',
  allowUnconditionalUpdate: false,
  nameRule: 'path-segment',

  applyDefaults({ spec }) {
    if (!spec) return;
    const names = (spec['names'] ??= {});
    if (names.kind) {
      names.singular ||= names.kind.toLowerCase();
      names.listKind ||= `${names.kind}List`;
    }
    spec['conversion'] ??= { strategy: 'None' };
    const service = spec['conversion'].webhook?.clientConfig?.service;
    if (service) service.port ??= 443;
  },
  prepareForCreate(object) {
    object['metadata'].generation = 1;
    const storage = versionsOf(object).filter((version) => version.storage).map((version) => version.name);
    object['status'] = { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: storage.length > 0 ? storage.slice(0, 1) : null };
  },
  prepareForUpdate(next, previous) {
    next['status'] = structuredClone(previous['status']);
    if (!deepEqual(next['spec'], previous['spec'])) next['metadata'].generation = (previous['metadata'].generation ?? 0) + 1;
    const stored: string[] = (next['status'].storedVersions ??= []);
    for (const { storage, name } of versionsOf(next)) if (storage && !stored.includes(name)) stored.push(name);
  },
  /** Instances go first. models registry/customresourcedefinition: REST.Delete */
  prepareForDelete(next, now) {
    const finalizers: string[] = next['metadata'].finalizers ?? [];
    if (!finalizers.includes(CLEANUP_FINALIZER)) next['metadata'].finalizers = [...finalizers, CLEANUP_FINALIZER];
    const condition = { type: 'Terminating', status: 'True', lastTransitionTime: now, reason: 'InstanceDeletionPending', message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon' };
    next['status'].conditions = [...(next['status'].conditions ?? []), condition];
  },
  validate: (object, previous) => validateDefinition(object as CustomResourceDefinition, previous as CustomResourceDefinition | undefined),

  columns: columnsOf<Json>('apiextensions.k8s.io/v1/customresourcedefinitions', [objectName, (object) => object['metadata'].creationTimestamp ?? '<unknown>']),
  subresources: { status: {} },
});

function versionsOf(object: Readonly<Json>): readonly { readonly name: string; readonly storage?: boolean }[] {
  return object['spec']?.versions ?? [];
}
