import type { APIService, Stored } from '../../contracts/k8s/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import { ControlLoop } from '../client/control-loop.ts';
import type { ResourceType } from '../client/api-client.ts';
import { isAlreadyExists, isNotFound } from '../machinery/status.ts';
import type { ApiServerLoop } from './context.ts';
import { startInformer } from './context.ts';
import { crds, type Crd } from './crds.ts';

export const apiServices: ResourceType<APIService> = { group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices', kind: 'APIService', namespaced: false };

const MANAGED = 'kube-aggregator.kubernetes.io/automanaged';

/**
 * An APIService for each group and version of custom resources, as long as one is served.
 *
 * models pkg/controlplane/controller/crdregistration and kube-aggregator: autoRegisterController
 */
export const crdRegistration: ApiServerLoop = {
  name: 'crd-registration',
  start(context) {
    const { client, clock } = context;
    const definitions = startInformer(context, crds);
    const services = startInformer(context, apiServices);
    const isServed = (name: string): boolean => definitions.list().some((crd) => namesOf(crd).includes(name));
    const reconcile = async (name: string, cause: Cause): Promise<void> => {
      const found = services.get(name);
      if (isServed(name)) {
        if (found) return;
        const [version, group] = split(name);
        await client.create(apiServices, undefined, { metadata: { name, labels: { [MANAGED]: 'true' } }, spec: { group, version, groupPriorityMinimum: 1000, versionPriority: 100 } }, cause).catch(ignore(isAlreadyExists));
      } else if (found?.metadata.labels?.[MANAGED] === 'true') {
        await client.delete(apiServices, undefined, name, undefined, cause).catch(ignore(isNotFound));
      }
    };
    const loop = new ControlLoop('crd-registration', clock, { reconcile });
    const enqueue = (crd: Crd, cause: Cause): void => {
      for (const name of namesOf(crd, true)) loop.queue.add(name, cause);
    };
    definitions.handle({ onAdd: enqueue, onUpdate: (crd, _, cause) => enqueue(crd, cause), onDelete: enqueue });
    // A managed one that was deleted by hand comes back.
    services.handle({ onDelete: (service: Stored<APIService>, cause) => void (service.metadata.labels?.[MANAGED] === 'true' && loop.queue.add(service.metadata.name, cause)) });
    return loop;
  },
};

/** `v1.example.com` for each version of the definition that is served. */
function namesOf({ spec }: Crd, all = false): string[] {
  return spec.versions.filter(({ served }) => all || served).map(({ name }) => `${name}.${spec.group}`);
}

function split(name: string): [version: string, group: string] {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function ignore(expected: (error: unknown) => boolean): (error: unknown) => void {
  return (error) => {
    if (!expected(error)) throw error;
  };
}
