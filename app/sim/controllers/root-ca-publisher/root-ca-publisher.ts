import { ControlLoop } from '../../client/control-loop.ts';
import { configMaps, namespaces } from '../../client/resource-types.ts';
import { isAlreadyExists } from '../../machinery/status.ts';
import type { Controller } from '../context.ts';

const NAME = 'kube-root-ca.crt';
const DESCRIPTION = 'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Puts the cluster's authority into each namespace, where Pods mount it. models pkg/controller/certificates/rootcacertpublisher */
export const rootCaPublisher: Controller = {
  name: 'root-ca-cert-publisher',
  serviceAccount: 'root-ca-cert-publisher',
  start({ client, clock, informers, rootCertificate }) {
    const data = { 'ca.crt': rootCertificate };
    const loop = new ControlLoop('root-ca-cert-publisher', clock, {
      async reconcile(namespace, cause) {
        if (!informers.of(configMaps).synced || informers.of(namespaces).get(namespace)?.status?.phase !== 'Active') return;
        const existing = informers.of(configMaps).get(`${namespace}/${NAME}`);
        if (existing?.data?.['ca.crt'] === rootCertificate) return;
        const metadata = { name: NAME, annotations: { 'kubernetes.io/description': DESCRIPTION } };
        if (existing) await client.update(configMaps, { ...existing, data } as typeof existing, cause);
        else await client.create(configMaps, namespace, { metadata, data }, cause).catch((error: unknown) => { if (!isAlreadyExists(error)) throw error; });
      },
    });
    informers.of(namespaces).handle({ onAdd: ({ metadata }, cause) => loop.queue.add(metadata.name, cause), onUpdate: ({ metadata }, _, cause) => loop.queue.add(metadata.name, cause) });
    const maps = informers.of(configMaps);
    const again = ({ metadata }: { metadata: { name: string; namespace?: string } }, cause: readonly number[]): void => {
      if (metadata.name === NAME) loop.queue.add(metadata.namespace!, cause);
    };
    maps.handle({ onUpdate: (map, _, cause) => again(map, cause), onDelete: again });
    maps.whenSynced(() => informers.of(namespaces).list().forEach(({ metadata }) => loop.queue.add(metadata.name)));
    return loop;
  },
};
