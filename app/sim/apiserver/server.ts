import { DisposableStore, Emitter, type Disposable } from '../../base/lifecycle/index.ts';
import type { Clock, Ids, Random } from '../../base/clock/index.ts';
import type { PartId } from '../../contracts/trace/index.ts';
import { UnavailableError, type Store } from '../etcd/store.ts';
import type { Component, Inspection } from '../machinery/component.ts';
import { newInternalError, newPathNotFound } from '../machinery/errors.ts';
import type { KubeletConnections } from '../machinery/kubelet-server.ts';
import type { Connection } from '../machinery/streams.ts';
import type { TraceRecorder } from '../machinery/recorder.ts';
import { StatusError } from '../machinery/status.ts';
import { ConnectionRefusedError, type Caller, type Transport } from '../machinery/transport.ts';
import type { ResourceDefinition } from '../resources/definition.ts';
import type { BuiltInSchemas } from '../resources/schemas/index.ts';
import { AdmissionChain } from './admission/chain.ts';
import { AuditLog } from './audit/audit-log.ts';
import { ServiceAccountTokens } from './authentication/service-account-tokens.ts';
import { x509Authenticator } from './authentication/x509.ts';
import { EscalationCheck } from './authorization/escalation.ts';
import { NodeAuthorizer } from './authorization/node.ts';
import { RbacAuthorizer } from './authorization/rbac.ts';
import { UnionAuthorizer } from './authorization/union.ts';
import { Aggregator } from './aggregator/aggregator.ts';
import type { ExtensionApi } from './aggregator/extension-api.ts';
import { CustomResources } from './apiextensions/custom-resources.ts';
import { convertOverWebhook } from './apiextensions/conversion-webhook.ts';
import { APISERVER } from './bootstrap.ts';
import { Discovery } from './discovery/discovery.ts';
import { RequestHandler, type HandledRequest } from './filters/handler.ts';
import { PageNotFound } from './handlers/page-not-found.ts';
import type { PartHealth } from './handlers/component-status.ts';
import { Router } from './handlers/router.ts';
import { FrontDoor } from './http/front-door.ts';
import type { AdmissionPlugin, Authenticator, Authorizer } from './interfaces.ts';
import { RequestMetrics } from './filters/request-metrics.ts';
import { OpenApiV2 } from './openapi/openapi-v2.ts';
import { OpenApiV3 } from './openapi/openapi-v3.ts';
import type { ClusterCertificates } from './pki/pki.ts';
import { ServedResources } from './registry/served-resources.ts';
import { ServiceAllocation } from './registry/service-allocation.ts';
import { InProcessTransport } from './transport/in-process.ts';
import { WatchCache } from './watch-cache/watch-cache.ts';

export interface ApiServerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly trace: TraceRecorder;
  readonly resources: readonly ResourceDefinition[];
  readonly schemas: BuiltInSchemas;
  readonly admission: readonly AdmissionPlugin[];
  readonly kubelets: KubeletConnections;
  /** Address of a node, for the words of a refused connection. */
  readonly nodeAddress: (node: string) => string | undefined;
  /** From this server's machine into the cluster's network; absent: there is none. */
  readonly dial?: (host: string, port: number) => Promise<Connection>;
  readonly isEtcdReady: () => boolean;
  readonly etcdElection: () => Promise<void>;
  /** Asked by `kubectl get componentstatuses`; absent: there are no parts. */
  readonly partHealth?: () => readonly PartHealth[];
  readonly tokenKey?: string;
}

const RBAC_STORAGES = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'];

/**
 * kube-apiserver: the one door. Callers in this process come through {@link transport}, all others through {@link listen};
 * both run the same chain (authentication → impersonation → authorization → admission → registry) and leave the same trace.
 *
 * Invariants
 * 1. Everything that is read or written goes through a {@link Registry}; nothing else touches `/registry/`.
 * 2. Stopped, it answers nobody: the socket is closed, in-process calls throw ConnectionRefusedError, watches have ended.
 * 3. A request changes at most one revision for each object that it writes.
 */
export class ApiServer implements Component {
  readonly id: PartId = 'kube-apiserver';
  readonly cache: WatchCache;
  readonly tokens: ServiceAccountTokens;
  /** What an audit log would show. */
  readonly audit: AuditLog;
  readonly #onDidChange = new Emitter<boolean>();
  readonly onDidChange = this.#onDidChange.event;
  readonly #options: ApiServerOptions;
  readonly #handler: RequestHandler;
  readonly #disposables = new DisposableStore();
  readonly #frontDoor: FrontDoor;
  readonly #aggregator: Aggregator;
  readonly #resources: ServedResources;
  readonly #authorizer: Authorizer;
  #running = true;
  #served = 0;
  #refused = 0;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    const { store, clock, ids, schemas, resources } = options;
    this.cache = this.#disposables.add(
      new WatchCache(store, resources.filter(({ transient }) => !transient)),
    );
    const rbac = new RbacAuthorizer(this.cache);
    this.#authorizer = new UnionAuthorizer([new NodeAuthorizer(this.cache), rbac]);
    this.#disposables.add(
      store.subscribe((batch) => {
        if (batch.changes.some(({ key }) => RBAC_STORAGES.some((storage) => key.startsWith(`/registry/${storage}/`)))) rbac.invalidate();
      }),
    );
    this.tokens = new ServiceAccountTokens({ clock, ids, reader: this.cache, noteUse: (namespace, secret, labels) => this.#label(namespace, secret, labels), ...(options.tokenKey ? { privateKey: options.tokenKey } : {}) });
    const authorizer = this.#authorizer;
    const escalation = new EscalationCheck(rbac, authorizer);
    const allocation = new ServiceAllocation(this.cache, options.random);
    const loopback: Pick<Transport, 'send'> = { send: (request) => this.transport(APISERVER).send(request) };
    const services = {
      store, cache: this.cache, schemas, clock, ids,
      admission: new AdmissionChain(options.admission, {
        reader: this.cache, clock, ids, schemas, authorizer, loopback,
        findKind: (apiVersion, kind): ResourceDefinition | undefined => this.#resources.findKind(apiVersion, kind),
      }),
      allocate: allocation.allocate.bind(allocation),
      guard: escalation.check.bind(escalation),
    };
    const served = (this.#resources = new ServedResources(resources, services));
    this.#disposables.add(new CustomResources(store, served, this.cache, (crd, object, apiVersion) => convertOverWebhook(crd, object, apiVersion, ids, this.cache)));
    this.#aggregator = new Aggregator(this.cache, schemas);
    const openapi = new OpenApiV3(served, schemas);
    const metrics = new RequestMetrics(() => options.clock.now());
    const router = new Router({
      served, aggregator: this.#aggregator, cache: this.cache, store, schemas, clock, tokens: this.tokens, rbac, authorizer, loopback,
      discovery: new Discovery(served, this.#aggregator, () => this.#frontDoor.address ?? ''),
      openapi, openapiV2: new OpenApiV2(openapi), metrics,
      kubelets: options.kubelets,
      nodeAddress: options.nodeAddress,
      dial: options.dial ?? (() => Promise.reject(new Error('network is unreachable'))),
      isEtcdReady: options.isEtcdReady, etcdElection: options.etcdElection, partHealth: options.partHealth ?? (() => []),
    });
    this.audit = new AuditLog({ now: () => clock.now(), schemas, addressOf: options.nodeAddress });
    this.#handler = new RequestHandler({ router, authorizer, trace: options.trace, schemas, metrics, audit: this.audit });
    this.#frontDoor = new FrontDoor({ handle: (request) => this.#handle(request), authenticators: this.#authenticators(), authorizer, now: () => clock.now() });
  }

  get running(): boolean {
    return this.#running;
  }

  /** The address that clients outside this process reach; undefined while not listening. */
  get address(): string | undefined {
    return this.#frontDoor.address;
  }

  /** Serves a group and version by a part in this process, behind the APIService that names it. */
  extend(api: ExtensionApi): Disposable {
    return this.#aggregator.extend(api);
  }

  /** The door for a component in this process. */
  transport(caller: Caller): Transport {
    return new InProcessTransport(caller, (request) => this.#handle(request), this.#options.trace, this.#options.clock);
  }

  /** Writes down when a lasting token was used. A note that is lost is written with the next use. */
  #label(namespace: string, secret: string, labels: Readonly<Record<string, string>>): void {
    void this.transport(APISERVER).send({ method: 'PATCH', path: `/api/v1/namespaces/${namespace}/secrets/${secret}`, contentType: 'application/strategic-merge-patch+json', body: { metadata: { labels } }, cause: [] }).catch(() => {});
  }

  /** Opens the HTTPS port. @throws EADDRINUSE and its like */
  listen(options: { readonly host: string; readonly port: number; readonly certificates: ClusterCertificates }): Promise<number> {
    return this.#frontDoor.listen(options);
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#frontDoor.reopen();
    this.#onDidChange.fire(true);
  }

  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#frontDoor.suspend();
    this.cache.closeWatches();
    this.#onDidChange.fire(false);
  }

  inspect(): Inspection {
    return {
      now: this.#running ? `${this.#served} requests answered` : 'stopped: nobody is at the door',
      facts: [
        { name: 'Address', value: this.address ?? 'none' },
        { name: 'Answered', value: this.#served },
        { name: 'Refused', value: this.#refused },
        { name: 'Audit events', value: this.audit.written },
        { name: 'Kinds', value: this.#options.resources.length },
      ],
    };
  }

  async close(): Promise<void> {
    this.stop();
    await this.#frontDoor.close();
    this.dispose();
  }

  dispose(): void {
    this.#disposables.dispose();
    this.#onDidChange.dispose();
  }

  #authenticators(): readonly Authenticator[] {
    return [x509Authenticator, this.tokens];
  }

  async #handle(request: HandledRequest): ReturnType<RequestHandler['handle']> {
    if (!this.#running) throw new ConnectionRefusedError();
    this.#served++;
    try {
      return await this.#handler.handle(request);
    } catch (error) {
      this.#refused++;
      // To a client in this process a page that is not there is a NotFound, as client-go makes it.
      throw error instanceof PageNotFound && !request.external ? newPathNotFound() : toStatusError(error);
    }
  }
}

/** Whatever went wrong, as the API server words it. */
function toStatusError(error: unknown): Error {
  if (error instanceof StatusError || error instanceof ConnectionRefusedError || error instanceof PageNotFound) return error;
  if (error instanceof UnavailableError) return new StatusError({ message: error.message, code: 500 });
  return newInternalError(error instanceof Error ? error.message : String(error));
}

