import type { Clock } from '../../../base/clock/index.ts';
import type { DisposableStore } from '../../../base/lifecycle/index.ts';
import type { Node, Service } from '../../../contracts/k8s/index.ts';
import type { ApiClient } from '../../client/api-client.ts';
import type { ControlLoop } from '../../client/control-loop.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import type { CloudAccount } from '../account.ts';

/** What a loop of the cloud controller works with. */
export interface CloudLoopContext {
  readonly account: CloudAccount;
  readonly client: ApiClient;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly nodes: Informer<Node>;
  readonly services: Informer<Service>;
  readonly life: DisposableStore;
}

/** One control loop of cloud-controller-manager. */
export interface CloudLoop {
  readonly name: string;
  /** Its service account in kube-system. */
  readonly serviceAccount: string;
  readonly eventSource: string;
  start(context: CloudLoopContext): ControlLoop;
}
