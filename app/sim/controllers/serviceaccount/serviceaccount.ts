import { ControlLoop } from '../../client/control-loop.ts';
import { namespaces, serviceAccounts } from '../../client/resource-types.ts';
import { isAlreadyExists } from '../../machinery/status.ts';
import type { Controller } from '../context.ts';

/** Every namespace has a service account named default. models pkg/controller/serviceaccount */
export const serviceAccountController: Controller = {
  name: 'serviceaccount',
  serviceAccount: 'service-account-controller',
  start({ client, clock, informers }) {
    const loop = new ControlLoop('serviceaccount', clock, {
      async reconcile(namespace, cause) {
        const found = informers.of(namespaces).get(namespace);
        if (!found || found.status?.phase !== 'Active' || !informers.of(serviceAccounts).synced) return;
        if (informers.of(serviceAccounts).get(`${namespace}/default`)) return;
        await client.create(serviceAccounts, namespace, { metadata: { name: 'default' } }, cause).catch((error: unknown) => {
          if (!isAlreadyExists(error)) throw error;
        });
      },
    });
    informers.of(namespaces).handle({ onAdd: ({ metadata }, cause) => loop.queue.add(metadata.name, cause), onUpdate: ({ metadata }, _, cause) => loop.queue.add(metadata.name, cause) });
    const accounts = informers.of(serviceAccounts);
    accounts.handle({ onDelete: ({ metadata }, cause) => loop.queue.add(metadata.namespace!, cause) });
    accounts.whenSynced(() => informers.of(namespaces).list().forEach(({ metadata }) => loop.queue.add(metadata.name)));
    return loop;
  },
};
