import type { Clock } from '../../base/clock/index.ts';
import type { DisposableStore } from '../../base/lifecycle/index.ts';
import type { ApiClient, ResourceType } from '../client/api-client.ts';
import type { ControlLoop } from '../client/control-loop.ts';
import { Informer } from '../client/informer.ts';

/** What a loop inside the API server works with. It talks to the server through the same door as everybody, as system:apiserver. */
export interface LoopContext {
  readonly clock: Clock;
  readonly client: ApiClient;
  /** Ends with the API server. */
  readonly life: DisposableStore;
}

/** One loop that a real kube-apiserver runs in its own process. */
export interface ApiServerLoop {
  readonly name: string;
  start(context: LoopContext): ControlLoop;
}

export function startInformer<T>({ client, clock, life }: LoopContext, type: ResourceType<T>): Informer<T> {
  const informer = life.add(new Informer<T>(client, clock, type));
  informer.start();
  return informer;
}
