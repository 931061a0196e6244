import type { Clock } from '../../base/clock/index.ts';
import type { Disposable } from '../../base/lifecycle/index.ts';
import type { ApiClient } from '../client/api-client.ts';
import { ControlLoop } from '../client/control-loop.ts';
import { serviceAccounts } from '../client/resource-types.ts';
import { isAlreadyExists } from '../machinery/status.ts';
import type { SharedInformers } from './context.ts';

const NAMESPACE = 'kube-system';

/**
 * Makes the service account of each loop, as the manager's own user, before the loop first calls the API as it; and
 * again when somebody deleted it (in life the next refused call asks for a new token, and that makes the account).
 *
 * models k8s.io/controller-manager/pkg/clientbuilder: getOrCreateServiceAccount
 */
export class LoopAccounts implements Disposable {
  readonly #wanted = new Set<string>();
  readonly #loop: ControlLoop;

  constructor(client: ApiClient, clock: Clock, informers: SharedInformers) {
    const accounts = informers.of(serviceAccounts);
    this.#loop = new ControlLoop('loop-accounts', clock, {
      async reconcile(name, cause) {
        if (accounts.get(`${NAMESPACE}/${name}`)) return;
        await client.create(serviceAccounts, NAMESPACE, { metadata: { name } }, cause).catch((error: unknown) => {
          if (!isAlreadyExists(error)) throw error;
        });
      },
    });
    accounts.handle({ onDelete: ({ metadata }, cause) => void (metadata.namespace === NAMESPACE && this.#wanted.has(metadata.name) && this.#loop.queue.add(metadata.name, cause)) });
    accounts.whenSynced(() => this.#wanted.forEach((name) => this.#loop.queue.add(name)));
  }

  ensure(name: string): void {
    if (this.#wanted.has(name)) return;
    this.#wanted.add(name);
    this.#loop.queue.add(name);
  }

  dispose(): void {
    this.#loop.dispose();
  }
}
