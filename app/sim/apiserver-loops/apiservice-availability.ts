import { rfc3339 } from '../../base/clock/index.ts';
import type { APIService, EndpointSlice, Service, Stored } from '../../contracts/k8s/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import { ControlLoop } from '../client/control-loop.ts';
import { endpointSlices, services as serviceType } from '../client/resource-types.ts';
import { deepEqual } from '../machinery/objects.ts';
import { isConflict, isNotFound, StatusError } from '../machinery/status.ts';
import type { ApiServerLoop, LoopContext } from './context.ts';
import { startInformer } from './context.ts';
import { apiServices } from './crd-registration.ts';

/** How often those that are there are asked again. models the controller's resync */
const PERIOD_MS = 30_000;
/** While nobody answers, sooner. */
const RETRY_MS = 5_000;

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/**
 * Whether the server behind an APIService can be reached: its Service is there, has endpoints, and answers discovery.
 *
 * models kube-aggregator/pkg/controllers/status/remote: AvailableConditionController
 */
export const apiServiceAvailability: ApiServerLoop = {
  name: 'apiservice-availability',
  start(context) {
    const registered = startInformer(context, apiServices);
    const worker = new AvailabilityWorker(context);
    const loop = new ControlLoop('apiservice-availability', context.clock, worker);
    const isRemote = (service: Stored<APIService>): boolean => service.spec?.service !== undefined;
    const enqueue = (service: Stored<APIService>, cause: Cause): void => void (isRemote(service) && loop.queue.add(service.metadata.name, cause));
    registered.handle({ onAdd: enqueue, onUpdate: (service, previous, cause) => void (deepEqual(service.spec, previous.spec) || enqueue(service, cause)) });
    return loop;
  },
};

class AvailabilityWorker {
  readonly #context: LoopContext;

  constructor(context: LoopContext) {
    this.#context = context;
  }

  async reconcile(name: string, cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const { client, clock } = this.#context;
    const found = await client.get(apiServices, undefined, name, cause).catch(absent);
    if (!found?.spec?.service) return;
    const verdict = await this.#judge(found, cause);
    const before = found.status?.conditions?.find(({ type }) => type === 'Available');
    if (before?.status !== verdict.status || before.reason !== verdict.reason || before.message !== verdict.message) {
      const lastTransitionTime = before?.status === verdict.status ? before.lastTransitionTime! : rfc3339(clock.now());
      const others = (found.status?.conditions ?? []).filter(({ type }) => type !== 'Available');
      const next = { ...found, status: { ...found.status, conditions: [...others, { type: 'Available', lastTransitionTime, ...verdict }] } };
      await client.update(apiServices, next as unknown as Stored<APIService>, cause, 'status').catch(absent);
    }
    return { requeueAfterMs: verdict.status === 'True' ? PERIOD_MS : RETRY_MS };
  }

  async #judge({ spec }: Stored<APIService>, cause: Cause): Promise<Verdict> {
    const { client } = this.#context;
    const { namespace = '', name = '', port = 443 } = spec!.service!;
    const no = (reason: string, message: string): Verdict => ({ status: 'False', reason, message });
    const service = (await client.get(serviceType, namespace, name, cause).catch(absent)) as Stored<Service> | undefined;
    if (!service) return no('ServiceNotFound', `service/${name} in ${JSON.stringify(namespace)} is not present`);
    const isExternal = service.spec?.type === 'ExternalName';
    if (!isExternal) {
      const found = service.spec?.ports?.find((candidate) => candidate.port === port);
      if (!found) return no('ServicePortError', `service/${name} in ${JSON.stringify(namespace)} is not listening on port ${port}`);
      const slices = await client.list(endpointSlices, namespace, { labelSelector: `kubernetes.io/service-name=${name}` }, cause);
      if (!slices.items.some((slice) => hasReady(slice, found.name ?? ''))) return no('MissingEndpoints', `endpoints for service/${name} in ${JSON.stringify(namespace)} have no addresses with port name ${JSON.stringify(found.name ?? '')}`);
    }
    const path = `/apis/${spec!.group}/${spec!.version}`;
    const host = isExternal ? service.spec!.externalName : service.spec?.clusterIP;
    try {
      await client.transport.send({ method: 'GET', path, cause });
      return { status: 'True', reason: 'Passed', message: 'all checks passed' };
    } catch (error) {
      const problem = (error as Error).message.replace('error trying to reach service: ', '');
      const shown = error instanceof StatusError && error.code !== 503 ? `bad status from https://${host}:${port}${path}: ${error.code}` : `Get "https://${host}:${port}${path}": ${problem}`;
      return no('FailedDiscoveryCheck', `failing or missing response from https://${host}:${port}${path}: ${shown}`);
    }
  }
}

function hasReady(slice: Stored<EndpointSlice>, portName: string): boolean {
  const named = (slice.ports ?? []).some((port) => (port.name ?? '') === portName);
  return named && (slice.endpoints ?? []).some((endpoint) => endpoint.conditions?.ready !== false);
}

function absent(error: unknown): undefined {
  if (!isNotFound(error) && !isConflict(error)) throw error;
}
