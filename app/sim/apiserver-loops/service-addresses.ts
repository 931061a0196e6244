import { parseTime, type Clock } from '../../base/clock/index.ts';
import type { IPAddress, Service, Stored } from '../../contracts/k8s/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import type { ApiClient } from '../client/api-client.ts';
import { ControlLoop } from '../client/control-loop.ts';
import { EventRecorder } from '../client/event-recorder.ts';
import { Informer } from '../client/informer.ts';
import { ipAddresses, services } from '../client/resource-types.ts';
import { isAllocatorsOwn, MANAGED_BY, ALLOCATOR } from '../machinery/service-networks.ts';
import { isAlreadyExists, isNotFound } from '../machinery/status.ts';
import type { ApiServerLoop } from './context.ts';

/** How old an address without a Service must be: its Service may be on its way. models repairip: syncIPAddress */
const LEAKED_AFTER_MS = 60_000;

/**
 * An IPAddress for each Service's cluster IP, gone with it; what somebody else took away or changed is put right, with an
 * event that says so. Keyed by the address.
 *
 * models pkg/registry/core/service/ipallocator: createIPAddress, Release; ipallocator/controller: RepairIPAddress
 */
export const serviceAddresses: ApiServerLoop = {
  name: 'service-addresses',
  start({ clock, client, life }) {
    const owners = life.add(new Informer<Service>(client, clock, services)).index('clusterIP', (service) => addressesOf(service));
    const addresses = life.add(new Informer<IPAddress>(client, clock, ipAddresses));
    const worker = new AddressWorker(clock, client, owners, addresses);
    const loop = new ControlLoop('service-addresses', clock, worker);
    const enqueue = (service: Stored<Service>, cause: Cause): void => addressesOf(service).forEach((address) => loop.queue.add(address, cause));
    const released = (service: Stored<Service>, cause: Cause): void => {
      addressesOf(service).forEach((address) => worker.release(address));
      enqueue(service, cause);
    };
    owners.handle({
      onAdd: enqueue,
      onUpdate: (service, before, cause) => {
        if (String(addressesOf(service)) === String(addressesOf(before))) return;
        released(before, cause);
        enqueue(service, cause);
      },
      onDelete: released,
    });
    addresses.handle({
      onAdd: ({ metadata }, cause) => loop.queue.add(metadata.name, cause),
      onUpdate: ({ metadata }, _, cause) => loop.queue.add(metadata.name, cause),
      onDelete: ({ metadata }, cause) => {
        worker.lose(metadata.name);
        loop.queue.add(metadata.name, cause);
      },
    });
    owners.start();
    addresses.start();
    return loop;
  },
};

function addressesOf({ spec }: Stored<Service>): readonly string[] {
  return (spec?.clusterIPs ?? []).filter((address) => address !== '' && address !== 'None');
}

class AddressWorker {
  readonly #clock: Clock;
  readonly #client: ApiClient;
  readonly #services: Informer<Service>;
  readonly #addresses: Informer<IPAddress>;
  readonly #events: EventRecorder;
  /** Addresses whose Service is gone, and such that somebody deleted. */
  readonly #released = new Set<string>();
  readonly #lost = new Set<string>();
  /** What this worker itself took away. */
  readonly #removing = new Set<string>();

  constructor(clock: Clock, client: ApiClient, owners: Informer<Service>, addresses: Informer<IPAddress>) {
    this.#clock = clock;
    this.#client = client;
    this.#services = owners;
    this.#addresses = addresses;
    this.#events = new EventRecorder(client, clock, 'ipallocator-repair-controller');
  }

  release(address: string): void {
    this.#released.add(address);
  }

  lose(address: string): void {
    if (!this.#removing.delete(address)) this.#lost.add(address);
  }

  async reconcile(address: string, cause: Cause): Promise<{ requeueAfterMs: number } | void> {
    if (!this.#services.synced || !this.#addresses.synced) return { requeueAfterMs: 100 };
    const object = this.#addresses.get(address);
    const users = this.#services.by('clusterIP', address);
    if (users.length === 0) return object && this.#clear(object, cause);
    this.#released.delete(address);
    const parent = object?.spec?.parentRef;
    const owner = users.find(({ metadata }) => metadata.name === parent?.name && metadata.namespace === parent.namespace) ?? users[0]!;
    for (const other of users) if (other !== owner) this.#warn(other, 'ClusterIPAlreadyAllocated', `Cluster IP [IPv4]:${address} was assigned to multiple services; please recreate service`, cause);
    if (!object) {
      if (this.#lost.delete(address)) this.#warn(owner, 'ClusterIPNotAllocated', `Cluster IP [IPv4]: ${address} is not allocated; repairing`, cause);
      return this.#make(address, owner, cause);
    }
    this.#lost.delete(address);
    const isRight = parent?.resource === 'services' && !parent.group && parent.name === owner.metadata.name && parent.namespace === owner.metadata.namespace;
    if (isRight && isAllocatorsOwn(object)) return;
    if (!isRight) this.#warn(owner, 'ClusterIPNotAllocated', `the ClusterIP [IPv4]: ${address} for Service ${owner.metadata.namespace}/${owner.metadata.name} has a wrong reference; repairing`, cause);
    await this.#remove(address, cause);
    await this.#make(address, owner, cause);
  }

  /** An address without a Service: released, or left over from one that never came about. */
  async #clear(object: Stored<IPAddress>, cause: Cause): Promise<{ requeueAfterMs: number } | void> {
    const { name, creationTimestamp } = object.metadata;
    if (!isAllocatorsOwn(object)) return;
    const parent = object.spec?.parentRef;
    const isServices = parent?.resource === 'services' && !parent.group;
    const age = this.#clock.now() - parseTime(creationTimestamp!);
    if (!this.#released.has(name)) {
      if (isServices && age < LEAKED_AFTER_MS) return { requeueAfterMs: LEAKED_AFTER_MS - age };
      this.#warn(object, 'IPAddressNotAllocated', isServices ? `IPAddress: ${name} for Service ${parent.namespace}/${parent.name} appears to have leaked: cleaning up` : 'IPAddress appears to have been modified, cleaning up', cause);
    }
    await this.#remove(name, cause);
    this.#released.delete(name);
  }

  async #make(address: string, { metadata }: Stored<Service>, cause: Cause): Promise<void> {
    const labels = { 'ipaddress.kubernetes.io/ip-family': 'IPv4', [MANAGED_BY]: ALLOCATOR };
    const body = { metadata: { name: address, labels }, spec: { parentRef: { resource: 'services', namespace: metadata.namespace, name: metadata.name } } };
    await this.#client.create(ipAddresses, undefined, body, cause).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
  }

  async #remove(address: string, cause: Cause): Promise<void> {
    this.#removing.add(address);
    await this.#client.delete(ipAddresses, undefined, address, undefined, cause).catch((error: unknown) => {
      this.#removing.delete(address);
      if (!isNotFound(error)) throw error;
    });
  }

  #warn(object: Stored<Service> | Stored<IPAddress>, reason: string, message: string, cause: Cause): void {
    const isService = object.metadata.namespace !== undefined;
    this.#events.event({ kind: isService ? 'Service' : 'IPAddress', apiVersion: isService ? 'v1' : 'networking.k8s.io/v1', metadata: object.metadata }, 'Warning', reason, message, cause);
  }
}
