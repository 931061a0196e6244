import { rfc3339, type Clock } from '../../../base/clock/index.ts';
import { DisposableStore, type Disposable } from '../../../base/lifecycle/index.ts';
import type { EndpointSlice, Ingress, IngressClass, Namespace, Secret, Service, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { ApiClient, ResourceType } from '../../client/api-client.ts';
import { EventRecorder } from '../../client/event-recorder.ts';
import { Informer } from '../../client/informer.ts';
import { endpointSlices, ingressClasses, ingresses, namespaces, secrets, services } from '../../client/resource-types.ts';
import { deepEqual, keyOf } from '../../machinery/objects.ts';
import { isAlreadyExists } from '../../machinery/status.ts';
import { compile, type ListenerReport, type RouteReport } from './http-routes.ts';
import { ingressRoutes } from './ingress-routes.ts';
import { CLASS, GATEWAY_CONTROLLER, INGRESS_CONTROLLER, NAMESPACE, SERVICE } from './manifests.ts';
import type { Proxy } from './proxy.ts';
import { gatewayClasses, gateways, httpRoutes, mergeConditions, referenceGrants, type Finding, type Gateway, type GatewayClass, type HttpRoute } from './types.ts';
import type { ClusterView } from './view.ts';

/** Changes are gathered so long. */
const GATHER_MS = 50;
const RETRY_MS = 1_000;
const ALWAYS = [80, 443];

/** The control plane: turns Ingresses and Gateway API objects into the proxy's routes, and says in their status what became of them. */
export class GatewayController implements Disposable {
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #proxy: Proxy;
  readonly #log: (line: string) => void;
  readonly #events: EventRecorder;
  readonly #life = new DisposableStore();
  readonly #informers = new Map<string, Informer<any>>();
  readonly #announced = new Map<string, number>();
  #timer: Disposable | undefined;
  #isBusy = false;
  #cause: number[] = [];

  constructor({ client, clock, proxy, pod, log }: { client: ApiClient; clock: Clock; proxy: (controller: GatewayController) => Proxy; pod: string; log: (line: string) => void }) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
    this.#events = new EventRecorder(client, clock, 'gateway-controller', pod);
    this.#proxy = proxy(this);
    for (const type of [services, secrets, namespaces, endpointSlices, ingresses, ingressClasses, gatewayClasses, gateways, httpRoutes, referenceGrants] as readonly ResourceType<object>[]) this.#follow(type);
    void this.#offerClass();
  }

  /** Everything has been listed; kinds of the Gateway API may be missing. */
  get isReady(): boolean {
    return [services, namespaces, endpointSlices, ingresses, ingressClasses].every((type) => this.#of<object>(type).synced);
  }

  service(namespace: string, name: string): Stored<Service> | undefined {
    return this.#of<Service>(services).get(`${namespace}/${name}`);
  }

  slices(namespace: string, service: string): Stored<EndpointSlice>[] {
    return this.#of<EndpointSlice>(endpointSlices).by('service', `${namespace}/${service}`);
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#life.dispose();
    this.#proxy.dispose();
  }

  #of<T>(type: ResourceType<T>): Informer<T> {
    return this.#informers.get(type.resource)!;
  }

  #follow(type: ResourceType<object>): void {
    const informer = this.#life.add(new Informer<object>(this.#client, this.#clock, type));
    if (type === endpointSlices) informer.index('service', ({ metadata }) => [`${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name']}`]);
    this.#informers.set(type.resource, informer);
    // Endpoints are looked up with each request: no route changes with them.
    const changed = (_: object, cause: Cause): void => void (type !== endpointSlices && this.#schedule(cause));
    informer.handle({ onAdd: changed, onUpdate: (object, _, cause) => changed(object, cause), onDelete: changed });
    informer.whenSynced(() => this.#schedule([]));
    informer.start();
  }

  #schedule(cause: Cause, afterMs = GATHER_MS): void {
    this.#cause.push(...cause.slice(0, 16 - this.#cause.length));
    if (this.#timer || this.#life.isDisposed) return;
    this.#timer = this.#clock.schedule(afterMs, () => {
      this.#timer = undefined;
      if (this.#isBusy) return this.#schedule([]);
      const why = this.#cause;
      this.#cause = [];
      this.#isBusy = true;
      void this.#sync(why).catch((error: unknown) => {
        if (this.#life.isDisposed) return;
        this.#log(`ERR sync failed: ${(error as Error).message}`);
        this.#schedule([], RETRY_MS);
      }).finally(() => (this.#isBusy = false));
    });
  }

  /** Its class is there from the start; whoever deletes it gets it back with the next start. */
  async #offerClass(): Promise<void> {
    for (let attempt = 0; attempt < 60 && !this.#life.isDisposed; attempt++) {
      try {
        await this.#client.create(gatewayClasses, undefined, { metadata: { name: CLASS }, spec: { controllerName: GATEWAY_CONTROLLER } }, []);
        return;
      } catch (error) {
        if (isAlreadyExists(error)) return;
        await this.#clock.sleep(RETRY_MS).catch(() => {});
      }
    }
  }

  async #sync(cause: Cause): Promise<void> {
    if (!this.isReady) return;
    const view: ClusterView = {
      service: (namespace, name) => this.service(namespace, name), secret: (namespace, name) => this.#of<Secret>(secrets).get(`${namespace}/${name}`),
      labelsOf: (namespace) => this.#of<Namespace>(namespaces).get(namespace)?.metadata.labels, grantsIn: (namespace) => this.#of(referenceGrants).inNamespace(namespace),
    };
    const classes = this.#of(gatewayClasses).list().filter(({ spec }) => spec.controllerName === GATEWAY_CONTROLLER);
    const ours = this.#of<Ingress>(ingresses).list().filter((ingress) => this.#isOurs(ingress));
    const chosen = this.#of(gateways).list().filter(({ spec }) => classes.some(({ metadata }) => metadata.name === spec.gatewayClassName));
    const { routes, listeners, parents } = compile(chosen, this.#of(httpRoutes).list(), view);
    const ports = new Set([...ALWAYS, ...[...listeners.values()].flat().filter(({ isUsable }) => isUsable).map(({ listener }) => listener.port)]);
    this.#proxy.routes = [...routes, ...ingressRoutes(ours, view)];
    this.#proxy.listen(ports);
    await this.#openPorts(ports, cause);
    const addresses = (this.service(NAMESPACE, SERVICE)?.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => (ip ? { ip } : { hostname: hostname ?? '' }));
    for (const one of classes) await this.#sayClass(one, cause);
    for (const ingress of ours) await this.#sayIngress(ingress, addresses, cause);
    for (const [gateway, reports] of listeners) await this.#sayGateway(gateway, reports, addresses, cause);
    for (const route of this.#of(httpRoutes).list()) await this.#sayRoute(route, parents.get(route) ?? [], cause);
  }

  /** By its class, or by the annotation from before there were classes. */
  #isOurs({ metadata, spec }: Stored<Ingress>): boolean {
    const name = spec?.ingressClassName;
    return name ? this.#of<IngressClass>(ingressClasses).get(name)?.spec?.controller === INGRESS_CONTROLLER : metadata.annotations?.['kubernetes.io/ingress.class'] === CLASS;
  }

  /** The Service in front of the proxy takes what listeners ask for; node ports that it has stay. */
  async #openPorts(ports: ReadonlySet<number>, cause: Cause): Promise<void> {
    const service = this.service(NAMESPACE, SERVICE);
    const existing = service?.spec?.ports ?? [];
    const isOpen = existing.length === ports.size && existing.every(({ port }) => ports.has(port));
    if (!service || isOpen) return;
    const wanted = [...ports].map((port) => existing.find((one) => one.port === port) ?? { name: `listener-${port}`, port, targetPort: port, protocol: 'TCP' });
    await this.#client.patch(services, NAMESPACE, SERVICE, { spec: { ports: [{ $patch: 'replace' }, ...wanted] } }, cause);
  }

  async #sayClass(one: Stored<GatewayClass>, cause: Cause): Promise<void> {
    await this.#write(gatewayClasses, one, { conditions: this.#conditions(one.status?.conditions, [{ type: 'Accepted', status: 'True', reason: 'Accepted', message: 'Handled by the bundled gateway controller' }], one) }, cause);
  }

  async #sayIngress(ingress: Stored<Ingress>, addresses: readonly object[], cause: Cause): Promise<void> {
    const key = keyOf(ingress);
    if (this.#announced.get(key) !== ingress.metadata.generation) this.#events.event({ kind: 'Ingress', apiVersion: 'networking.k8s.io/v1', metadata: ingress.metadata }, 'Normal', 'Sync', 'Scheduled for sync', cause);
    this.#announced.set(key, ingress.metadata.generation ?? 0);
    if (!deepEqual(ingress.status?.loadBalancer?.ingress ?? [], addresses)) await this.#client.update<Ingress>(ingresses, { ...ingress, status: { loadBalancer: addresses.length > 0 ? { ingress: addresses } : {} } } as Stored<Ingress>, cause, 'status');
  }

  async #sayGateway(gateway: Gateway, reports: readonly ListenerReport[], addresses: readonly { ip?: string; hostname?: string }[], cause: Cause): Promise<void> {
    const isValid = reports.every(({ isUsable }) => isUsable);
    const findings: Finding[] = [
      isValid ? { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'Gateway has been accepted' } : { type: 'Accepted', status: reports.some(({ isUsable }) => isUsable) ? 'True' : 'False', reason: 'ListenersNotValid', message: 'One or more listeners are not valid' },
      addresses.length > 0 ? { type: 'Programmed', status: isValid || reports.some(({ isUsable }) => isUsable) ? 'True' : 'False', reason: isValid || reports.some(({ isUsable }) => isUsable) ? 'Programmed' : 'Invalid', message: 'Gateway has been programmed' } : { type: 'Programmed', status: 'False', reason: 'AddressNotAssigned', message: `Service ${NAMESPACE}/${SERVICE} has no address yet` },
    ];
    const status = {
      ...(addresses.length > 0 ? { addresses: addresses.map(({ ip, hostname }) => (ip ? { type: 'IPAddress', value: ip } : { type: 'Hostname', value: hostname })) } : {}),
      conditions: this.#conditions(gateway.status?.conditions, findings, gateway),
      listeners: reports.map(({ listener, attachedRoutes, findings: own }) => ({
        name: listener.name, supportedKinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }], attachedRoutes,
        conditions: this.#conditions(gateway.status?.listeners?.find(({ name }) => name === listener.name)?.conditions, own, gateway),
      })),
    };
    await this.#write(gateways, gateway, status, cause);
  }

  /** What other controllers said about it stays. */
  async #sayRoute(route: HttpRoute, reports: readonly RouteReport[], cause: Cause): Promise<void> {
    const before = route.status?.parents ?? [];
    const foreign = before.filter(({ controllerName }) => controllerName !== GATEWAY_CONTROLLER);
    const own = reports.map(({ parentRef, findings }) => {
      const known = before.find((parent) => parent.controllerName === GATEWAY_CONTROLLER && deepEqual(parent.parentRef, parentRef));
      return { parentRef, controllerName: GATEWAY_CONTROLLER, conditions: this.#conditions(known?.conditions, findings, route) };
    });
    if (before.length > 0 || own.length > 0) await this.#write(httpRoutes, route, { parents: [...foreign, ...own] }, cause);
  }

  #conditions(before: Parameters<typeof mergeConditions>[0], now: readonly Finding[], { metadata }: { metadata: { generation?: number } }): object[] {
    return mergeConditions(before, now, metadata.generation, rfc3339(this.#clock.now()));
  }

  async #write<T extends object>(type: ResourceType<T>, object: T & { status?: object }, status: object, cause: Cause): Promise<void> {
    if (deepEqual(object.status ?? {}, status)) return;
    await this.#client.update(type, { ...object, status } as unknown as Stored<T>, cause, 'status');
  }
}

