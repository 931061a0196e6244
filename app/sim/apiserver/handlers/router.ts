import type { Clock } from '../../../base/clock/index.ts';
import type { Store } from '../../etcd/store.ts';
import { newMethodNotAllowed, newNotFound, newPathNotFound } from '../../machinery/errors.ts';
import type { KubeletConnections } from '../../machinery/kubelet-server.ts';
import type { Connection } from '../../machinery/streams.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { Transport } from '../../machinery/transport.ts';
import type { BuiltInSchemas } from '../../resources/schemas/index.ts';
import type { ServiceAccountTokens } from '../authentication/service-account-tokens.ts';
import type { RbacAuthorizer } from '../authorization/rbac.ts';
import type { Aggregator } from '../aggregator/aggregator.ts';
import type { Discovery } from '../discovery/discovery.ts';
import type { HandledRequest } from '../filters/handler.ts';
import type { Authorizer, RequestContext } from '../interfaces.ts';
import type { RequestMetrics } from '../filters/request-metrics.ts';
import type { OpenApiV2 } from '../openapi/openapi-v2.ts';
import type { OpenApiV3 } from '../openapi/openapi-v3.ts';
import type { Registry } from '../registry/registry.ts';
import type { ServedResources } from '../registry/served-resources.ts';
import type { WatchCache } from '../watch-cache/watch-cache.ts';
import { connectPod } from '../streaming/connect.ts';
import { podLog } from '../streaming/log.ts';
import { proxyRequest } from '../streaming/proxy.ts';
import type { Answer } from './answer.ts';
import { bindPod } from './binding.ts';
import { evictPod } from './eviction.ts';
import { finalizeNamespace } from './finalize.ts';
import { checkVersionOfGet, listObjects } from './list.ts';
import { checkMethod, isOfCollection } from './methods.ts';
import { answerOther } from './non-resource.ts';
import { presentAnswer } from '../apiextensions/present.ts';
import { PageNotFound } from './page-not-found.ts';
import { patchObject } from './patch.ts';
import { scaleOf, updateScale } from './scale.ts';
import { answerComponentStatus, type PartHealth } from './component-status.ts';
import { answerReview } from './reviews/reviews.ts';
import { requestToken } from './token.ts';
import { watchObjects } from './watch.ts';
import { createObject, deleteCollection, deleteObject, updateObject, type WriteRequest } from './write.ts';

export interface RouterOptions {
  readonly served: ServedResources;
  readonly aggregator: Aggregator;
  readonly cache: WatchCache;
  readonly store: Store;
  readonly schemas: BuiltInSchemas;
  readonly clock: Clock;
  readonly tokens: ServiceAccountTokens;
  readonly rbac: RbacAuthorizer;
  readonly authorizer: Authorizer;
  /** The server's own way to itself. */
  readonly loopback: Pick<Transport, 'send'>;
  readonly discovery: Discovery;
  readonly openapi: OpenApiV3;
  readonly openapiV2: OpenApiV2;
  readonly metrics: RequestMetrics;
  readonly kubelets: KubeletConnections;
  readonly nodeAddress: (node: string) => string | undefined;
  /** From the API server's own machine into the cluster's network. */
  readonly dial: (host: string, port: number) => Promise<Connection>;
  readonly isEtcdReady: () => boolean;
  /** The parts that `kubectl get componentstatuses` asks. */
  readonly partHealth: () => readonly PartHealth[];
  /** Resolves when no election is under way: like any client of etcd, the API server waits for a leader that is to come. */
  readonly etcdElection: () => Promise<void>;
}

/** Finds who answers: a registry, one of its subresources, or one of the paths beside the API. */
export class Router {
  readonly options: RouterOptions;

  constructor(options: RouterOptions) {
    this.options = options;
  }

  registry(group: string, version: string, resource: string): Registry | undefined {
    return this.options.served.find(group, version, resource);
  }

  route(request: HandledRequest, requestContext: RequestContext): Promise<Answer> {
    const { info } = requestContext;
    const answer = this.#route(request, requestContext);
    return this.registry(info.group, info.version, info.resource)?.definition.custom ? answer.then(presentAnswer) : answer;
  }

  async #route(request: HandledRequest, requestContext: RequestContext): Promise<Answer> {
    const { info } = requestContext;
    const elsewhere = this.options.aggregator.handle(request, info);
    if (elsewhere) return elsewhere;
    if (!info.isResource) return answerOther(request, this.options);
    const registry = this.registry(info.group, info.version, info.resource);
    const unstored = registry ? undefined : this.options.served.unstored(info.group, info.version, info.resource);
    if (unstored) return this.#unstored(request, requestContext, unstored);
    if (!registry) throw this.options.served.isBuiltInGroup(info.group) ? newPathNotFound() : new PageNotFound();
    const { definition } = registry;
    checkMethod(request, requestContext, definition);
    if (definition.deprecation) requestContext.warn(definition.deprecation);
    // A Namespace's own path names it twice; as an object it has no namespace.
    const context = definition.plural === 'namespaces' ? { ...requestContext, info: { ...info, namespace: '' } } : requestContext;
    if ((definition.scope === 'Cluster') !== (info.namespace === '') && definition.plural !== 'namespaces' && !(info.namespace === '' && isOfCollection(info) && info.verb !== 'create')) throw newPathNotFound();
    if (info.subresource !== '' && info.subresource !== 'status') return this.#subresource(request, context, registry);
    if (info.subresource === 'status' && !definition.subresources?.status) throw noSubresource(definition, info.name);
    return this.#object(request, context, registry);
  }

  /** Kinds without a registry. */
  async #unstored(request: HandledRequest, context: RequestContext, definition: ResourceDefinition): Promise<Answer> {
    if (definition.deprecation) context.warn(definition.deprecation);
    if (definition.kind === 'ComponentStatus') return answerComponentStatus(definition, context, this.options.partHealth());
    if (definition.kind !== 'Binding') return answerReview({ definition, body: request.body, context, fieldManager: fieldManagerOf(request, context) }, this.options);
    return bindPod(this.#write(request, context, this.registry('', 'v1', 'pods')!), this.options.clock.now());
  }

  async #object(request: HandledRequest, context: RequestContext, registry: Registry): Promise<Answer> {
    const { info } = context;
    const { cache, store, clock } = this.options;
    const { definition } = registry;
    const write = this.#write(request, context, registry);
    if (!this.options.isEtcdReady()) {
      await this.options.etcdElection();
      store.range('/');
    }
    switch (info.verb) {
      case 'get':
        checkVersionOfGet(context.query['resourceVersion'], cache.revision);
        return { type: 'stored', code: 200, value: registry.get(info.namespace || undefined, info.name), definition };
      case 'list':
        return listObjects(definition, context, cache, store);
      case 'watch':
        return watchObjects(definition, context, cache, clock);
      case 'create':
        if (info.name !== '') throw newMethodNotAllowed();
        return createObject(write);
      case 'update':
        if (info.name === '') throw newMethodNotAllowed();
        return updateObject(write);
      case 'patch': {
        if (info.name === '') throw newMethodNotAllowed();
        const { value, created } = await patchObject({ ...write, contentType: request.contentType });
        return { type: 'stored', code: created ? 201 : 200, value, definition };
      }
      case 'delete':
        return deleteObject(write);
      case 'deletecollection': {
        const selected = listObjects(definition, context, cache, store);
        return deleteCollection(write, selected.values, selected.resourceVersion);
      }
      default:
        throw newMethodNotAllowed();
    }
  }

  async #subresource(request: HandledRequest, context: RequestContext, registry: Registry): Promise<Answer> {
    const { info } = context;
    const { definition } = registry;
    const write = this.#write(request, context, registry);
    const scale = definition.subresources?.scale;
    if (info.subresource === 'scale' && scale) {
      if (info.verb === 'get') return { type: 'object', code: 200, object: scaleOf(registry.get(info.namespace || undefined, info.name), scale) };
      return updateScale(write, scale, info.verb === 'patch' ? request.contentType : undefined);
    }
    const other = definition.subresources?.others?.[info.subresource];
    if (!other) throw noSubresource(definition, info.name);
    if (other.strategy && other.verbs.includes(info.verb)) return this.#object(request, context, registry);
    switch (`${info.resource}/${info.subresource}`) {
      case 'pods/binding':
        return bindPod(write, this.options.clock.now());
      case 'pods/eviction':
        return evictPod(write, this.registry('policy', 'v1', 'poddisruptionbudgets')!, this.options.cache);
      case 'pods/attach':
      case 'pods/exec':
      case 'pods/portforward':
        return connectPod(registry, context, this.options);
      case 'nodes/proxy':
      case 'pods/proxy':
      case 'services/proxy':
        return proxyRequest(request, context, registry, this.options);
      case 'pods/log':
        return podLog(registry, context, this.options);
      case 'certificatesigningrequests/approval':
        return this.#object(request, context, registry);
      case 'namespaces/finalize':
        return finalizeNamespace(write);
      case 'serviceaccounts/token':
        return requestToken(write, this.options.tokens, this.options.cache);
      default:
        throw newMethodNotAllowed();
    }
  }

  #write(request: HandledRequest, context: RequestContext, registry: Registry): WriteRequest {
    return { registry, body: request.body, context, fieldManager: fieldManagerOf(request, context), schemas: this.options.schemas };
  }
}

function fieldManagerOf({ userAgent }: HandledRequest, { query }: RequestContext): string {
  return query['fieldManager'] ?? (userAgent.split('/')[0] || 'unknown');
}

/** A custom resource says of a subresource that it lacks that the object is not there. */
function noSubresource({ custom, group, plural }: ResourceDefinition, name: string): Error {
  return custom ? newNotFound({ group, resource: plural }, name) : newPathNotFound();
}
