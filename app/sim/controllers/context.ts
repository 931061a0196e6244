import type { Clock, Ids, Random } from '../../base/clock/index.ts';
import type { DisposableStore } from '../../base/lifecycle/index.ts';
import { ApiClient, type ResourceType } from '../client/api-client.ts';
import type { ControlLoop } from '../client/control-loop.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { Informer } from '../client/informer.ts';
import { controllerOf } from '../machinery/objects.ts';
import { claimKeysOf } from '../machinery/persistent-volumes.ts';
import type { TransportFactory } from '../machinery/transport.ts';

/** What a loop gets to work with. It talks to the API as its own service account. */
export interface ControllerContext {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly client: ApiClient;
  readonly events: EventRecorder;
  readonly informers: SharedInformers;
  /** Disposed when the loop is switched off. */
  readonly life: DisposableStore;
  /** PEM of the cluster's authority, for kube-root-ca.crt. */
  readonly rootCertificate: string;
  /** The authority with which the built-in signers sign; absent: they do not. PEM */
  readonly signer?: { readonly certificate: string; readonly key: string } | undefined;
  /** Signs a lasting token with the cluster's key for service accounts; absent: nobody makes any. */
  readonly signToken?: SignToken | undefined;
}

/** A token that is good as long as its Secret is there. */
export type SignToken = (request: { readonly namespace: string; readonly secret: string; readonly serviceAccount: { readonly name: string; readonly uid: string } }) => string;

/** One control loop of kube-controller-manager. `start` wires informers to the queue of the loop that it returns. */
export interface Controller {
  /** As on kube-controller-manager's --controllers flag: `replicaset`. */
  readonly name: string;
  /** Its service account in kube-system: `replicaset-controller`. Absent: it acts as the manager itself. */
  readonly serviceAccount?: string;
  start(context: ControllerContext): ControlLoop;
}

/** Informers that all loops of the manager share. */
export class SharedInformers {
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #life: DisposableStore;
  readonly #informers = new Map<string, Informer<any>>();

  constructor(client: ApiClient, clock: Clock, life: DisposableStore) {
    this.#client = client;
    this.#clock = clock;
    this.#life = life;
  }

  of<T>(type: ResourceType<T>): Informer<T> {
    const key = `${type.group}/${type.resource}`;
    let informer = this.#informers.get(key);
    if (!informer) {
      informer = this.#life.add(new Informer<T>(this.#client, this.#clock, type));
      informer.index('owner', (object) => (object.metadata.ownerReferences ?? []).map((owner) => owner.uid));
      informer.index('orphans', (object) => (controllerOf(object) ? [] : [object.metadata.namespace ?? '']));
      informer.index('node', (object: any) => (object.spec?.nodeName ? [object.spec.nodeName as string] : []));
      if (type.resource === 'endpointslices') informer.index('service', (object) => [`${object.metadata.namespace}/${object.metadata.labels?.['kubernetes.io/service-name']}`]);
      if (type.resource === 'volumeattachments') informer.index('volume', (object: any) => [object.spec.source.persistentVolumeName ?? '']);
      if (type.resource === 'pods') informer.index('claim', (object: any) => claimKeysOf(object));
      informer.start();
      this.#informers.set(key, informer);
    }
    return informer;
  }
}

/** A loop as a caller of the API: its service account, or the manager. */
export function loopCaller(controller: Pick<Controller, 'name' | 'serviceAccount'>, transport: TransportFactory): ApiClient {
  const { serviceAccount } = controller;
  const user = serviceAccount ? { name: `system:serviceaccount:kube-system:${serviceAccount}`, groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'] } : { name: 'system:kube-controller-manager', groups: ['system:authenticated'] };
  return new ApiClient(transport({ part: 'kube-controller-manager', user, userAgent: 'kube-controller-manager/v1.36.2', loop: controller.name }));
}
