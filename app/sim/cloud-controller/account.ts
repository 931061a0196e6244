import { Emitter } from '../../base/lifecycle/index.ts';

/** A machine that the account rents; the node of the same name runs on it. */
export interface Instance {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly address: string;
  state: 'running' | 'stopped';
}

/** A load balancer in front of node ports. */
export interface LoadBalancer {
  readonly name: string;
  /** `namespace/name` of its Service. */
  readonly service: string;
  readonly address: string;
  listeners: readonly { readonly port: number; readonly nodePort: number; readonly protocol: string }[];
  targets: readonly { readonly instance: string; readonly healthy: boolean }[];
}

/** The way to the Pods of a node. */
export interface Route {
  readonly destination: string;
  readonly instance: string;
}

/** The provider refuses; the text is what its API says. */
export class CloudError extends Error {}

const FIRST_ADDRESS = 200;
const LAST_ADDRESS = 250;
/** `orrery://docker/orrery/worker-1`: the last part is the instance. */
const SCHEME = /^orrery:\/\/(?:[^/]+\/)*([^/]+)$/;

/**
 * The account at the imaginary provider: what one would see in its console. It outlives the cloud controller, as a real
 * provider's things do; after a restart of the whole cluster it is found again from Nodes and Services.
 */
export class CloudAccount {
  readonly instances = new Map<string, Instance>();
  readonly loadBalancers = new Map<string, LoadBalancer>();
  readonly routes = new Map<string, Route>();
  readonly #onDidChange = new Emitter<void>();
  /** After an order that changed something. */
  readonly onDidChange = this.#onDidChange.event;
  /** So many load balancers may there be at once. */
  quota = 20;
  /** Set: every order fails with this text. */
  outage: string | undefined;

  order<T>(work: () => T): T {
    if (this.outage !== undefined) throw new CloudError(this.outage);
    return work();
  }

  /** Puts the load balancer up, or brings it up to date. An address that is wished for is given when it is free. */
  ensureLoadBalancer(wanted: Omit<LoadBalancer, 'address'>, address: string | undefined): LoadBalancer {
    return this.order(() => {
      const known = this.loadBalancers.get(wanted.name);
      if (known && (address === undefined || known.address === address)) {
        known.listeners = wanted.listeners;
        known.targets = wanted.targets;
        this.#onDidChange.fire();
        return known;
      }
      if (!known && this.loadBalancers.size >= this.quota) throw new CloudError(`LoadBalancerQuotaExceeded: the account may have ${this.quota} load balancers`);
      const made: LoadBalancer = { ...wanted, address: this.#address(address) };
      this.loadBalancers.set(wanted.name, made);
      this.#onDidChange.fire();
      return made;
    });
  }

  deleteLoadBalancer(name: string): void {
    this.order(() => this.loadBalancers.delete(name));
    this.#onDidChange.fire();
  }

  #address(wish: string | undefined): string {
    const taken = new Set([...this.loadBalancers.values()].map(({ address }) => address));
    if (wish !== undefined) {
      if (taken.has(wish)) throw new CloudError(`AddressInUse: ${wish} belongs to another load balancer`);
      return wish;
    }
    for (let last = FIRST_ADDRESS; last <= LAST_ADDRESS; last++) if (!taken.has(`172.18.255.${last}`)) return `172.18.255.${last}`;
    throw new CloudError('AddressesExhausted: no public address is left');
  }
}

/** The instance that a node's providerID names; undefined for machines that are not of this cloud. */
export function instanceIdOf(providerID: string | undefined): string | undefined {
  return SCHEME.exec(providerID ?? '')?.[1];
}
