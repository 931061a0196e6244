import type { Secret, Service, Stored } from '../../../contracts/k8s/index.ts';
import type { Labels } from '../../machinery/labels.ts';
import type { ReferenceGrant } from './types.ts';

/** What routes are made from, beside the objects that say them. */
export interface ClusterView {
  service(namespace: string, name: string): Stored<Service> | undefined;
  secret(namespace: string, name: string): Stored<Secret> | undefined;
  labelsOf(namespace: string): Labels;
  grantsIn(namespace: string): readonly ReferenceGrant[];
}

/** Whether an object may refer to one of another namespace: that one's owner must say so. models the Gateway API: ReferenceGrant */
export function isGranted(view: ClusterView, from: { kind: string; namespace: string }, to: { kind: string; namespace: string; name: string }): boolean {
  if (from.namespace === to.namespace) return true;
  return view.grantsIn(to.namespace).some(({ spec }) =>
    spec.from.some((one) => one.group === 'gateway.networking.k8s.io' && one.kind === from.kind && one.namespace === from.namespace) && spec.to.some((one) => one.group === '' && one.kind === to.kind && (one.name ?? to.name) === to.name));
}
