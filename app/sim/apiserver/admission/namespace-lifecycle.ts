import type { Namespace } from '../../../contracts/k8s/index.ts';
import { newForbidden, newNotFound } from '../../machinery/errors.ts';
import { StatusError } from '../../machinery/status.ts';
import type { AdmissionPlugin } from '../interfaces.ts';

const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing is made in a namespace that is absent or going away. models plugin/pkg/admission/namespace/lifecycle */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  handles: ({ operation }) => operation !== 'CONNECT',
  validate({ operation, resource, group, name }) {
    const isNamespace = group === '' && resource === 'namespaces';
    if (isNamespace && operation === 'DELETE' && IMMORTAL.has(name)) throw newForbidden({ group: '', resource: 'namespaces' }, name, 'this namespace may not be deleted');
  },
  /** Before the other plug-ins, so that theirs is not the first refusal. */
  admit({ operation, resource, group, namespace, name, definition, object }, { reader }) {
    if (definition.scope !== 'Namespaced' || operation !== 'CREATE') return;
    const found = reader.get<Namespace>('namespaces', undefined, namespace);
    if (!found) throw newNotFound({ group: '', resource: 'namespaces' }, namespace);
    if (!found.metadata?.deletionTimestamp) return;
    const subject = object?.metadata?.name ?? name;
    const refusal = newForbidden({ group, resource }, subject, `unable to create new content in namespace ${namespace} because it is being terminated`);
    const cause = { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' };
    throw new StatusError({ ...refusal.status, details: { ...refusal.status.details, causes: [cause] } });
  },
};
