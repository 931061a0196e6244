import type { Clock } from '../../../base/clock/index.ts';
import { DisposableStore, type Disposable } from '../../../base/lifecycle/index.ts';
import type { Namespace, NetworkPolicy, Pod } from '../../../contracts/k8s/index.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { Informer } from '../../client/informer.ts';
import { namespaces, networkPolicies, pods } from '../../client/resource-types.ts';
import type { PacketFilter } from '../../network/policy/packet-filter.ts';
import { PolicyFilter } from './policy-filter.ts';

export interface PolicyAgentOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  install(filter: PacketFilter): void;
}

/**
 * Keeps the policies of the cluster, and whom they are about, and lets packets be judged by them. Without any policy nobody
 * needs to know the Pods. When the agent ends, its knowledge stays as it is.
 */
export class PolicyAgent implements Disposable {
  readonly #life = new DisposableStore();

  constructor({ client, clock, install }: PolicyAgentOptions) {
    const policies = this.#life.add(new Informer<NetworkPolicy>(client, clock, networkPolicies));
    const known = new Informer<Pod>(client, clock, pods).index('address', (pod) => (pod.spec?.hostNetwork || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed' ? [] : (pod.status?.podIPs ?? []).flatMap(({ ip }) => (ip ? [ip] : []))));
    const spaces = new Informer<Namespace>(client, clock, namespaces);
    this.#life.add(known);
    this.#life.add(spaces);
    let isLooking = false;
    policies.handle({
      onAdd: () => {
        if (isLooking) return;
        isLooking = true;
        known.start();
        spaces.start();
        known.whenSynced(() => spaces.whenSynced(() => install(new PolicyFilter({
          policiesIn: (namespace) => policies.inNamespace(namespace), podAt: (address) => known.by('address', address)[0], labelsOf: (namespace) => spaces.get(namespace)?.metadata.labels,
        }))));
      },
    });
    policies.start();
    // A list without any policy is news too: it takes the place of what an earlier agent left.
    policies.whenSynced(() => isLooking || install({ allows: () => true }));
  }

  dispose(): void {
    this.#life.dispose();
  }
}
