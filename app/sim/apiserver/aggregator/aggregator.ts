import { toDisposable, type Disposable } from '../../../base/lifecycle/index.ts';
import type { APIService, Service, Stored } from '../../../contracts/k8s/index.ts';
import { StatusError } from '../../machinery/status.ts';
import type { Schemas } from '../../machinery/schema.ts';
import type { HandledRequest } from '../filters/handler.ts';
import type { Answer } from '../handlers/answer.ts';
import { readBody } from '../handlers/body.ts';
import { PageNotFound } from '../handlers/page-not-found.ts';
import type { ObjectReader, RequestInfo } from '../interfaces.ts';
import type { ExtensionApi } from './extension-api.ts';
import { proxyTo } from './proxy.ts';

const STORAGE = 'apiregistration.k8s.io/apiservices';
/** The loop that finds out who is available asks as the server itself, and is never told that nobody is. */
const SELF = 'system:apiserver';

/** The group and version that an APIService with a Service behind it serves. */
export interface ExtensionGroup {
  readonly group: string;
  readonly version: string;
  readonly priority: number;
  /** Undefined: it is not available, or it does not say. */
  readonly api: ExtensionApi | undefined;
}

/**
 * Hands requests for the groups of APIServices on to whoever serves them.
 *
 * models kube-aggregator/pkg/apiserver: proxyHandler
 */
export class Aggregator {
  readonly #reader: ObjectReader;
  readonly #schemas: Schemas;
  readonly #apis = new Map<string, ExtensionApi>();

  constructor(reader: ObjectReader, schemas: Schemas) {
    this.#reader = reader;
    this.#schemas = schemas;
  }

  /** A part in this process serves a group and version from now on. */
  extend(api: ExtensionApi): Disposable {
    const key = `${api.version}.${api.group}`;
    this.#apis.set(key, api);
    return toDisposable(() => void (this.#apis.get(key) === api && this.#apis.delete(key)));
  }

  /** The groups that are served elsewhere. */
  groups(): ExtensionGroup[] {
    return this.#reader.list<Stored<APIService>>(STORAGE).filter(({ spec }) => spec?.service).map((service) => ({
      group: service.spec!.group ?? '',
      version: service.spec!.version ?? '',
      priority: service.spec!.groupPriorityMinimum,
      api: isAvailable(service) ? this.#apis.get(service.metadata.name) : undefined,
    }));
  }

  /** Undefined: the group is none of an extension server. */
  handle(request: HandledRequest, info: RequestInfo): Promise<Answer> | undefined {
    if (info.group === '' || info.version === '') return undefined;
    const service = this.#reader.get<Stored<APIService>>(STORAGE, undefined, `${info.version}.${info.group}`);
    if (!service?.spec?.service) return undefined;
    return this.#proxy(request, info, service);
  }

  async #proxy(request: HandledRequest, info: RequestInfo, service: Stored<APIService>): Promise<Answer> {
    if (request.user.name !== SELF && !isAvailable(service)) throw unavailable();
    const api = this.#apis.get(service.metadata.name);
    if (!api) return proxyTo(this.#target(service), service, request);
    if (!info.isResource) return { type: 'object', code: 200, object: resourceList(api) };
    const resource = api.resources.find(({ name }) => name === (info.subresource ? `${info.resource}/${info.subresource}` : info.resource));
    if (!resource) throw new PageNotFound();
    const isWrite = request.method !== 'GET' && request.method !== 'HEAD';
    const body = isWrite ? readBody(request.body, this.#schemas).object : undefined;
    const object = await api.handle({ info, query: request.query, user: request.user, accept: request.accept, body });
    return { type: 'object', code: request.method === 'POST' ? 201 : 200, object: object as Record<string, unknown> };
  }

  #target({ spec }: Stored<APIService>): Service | undefined {
    const { namespace, name } = spec!.service!;
    return this.#reader.get<Service>('services/specs', namespace, name ?? '');
  }
}

function isAvailable({ status }: Stored<APIService>): boolean {
  return status?.conditions?.some(({ type, status: state }) => type === 'Available' && state === 'True') ?? false;
}

/** models kube-aggregator: proxyError "service unavailable" */
export function unavailable(): StatusError {
  return new StatusError({ message: 'the server is currently unable to handle the request', reason: 'ServiceUnavailable', details: { retryAfterSeconds: 1 }, code: 503 }, { 'retry-after': '1' });
}

export function resourceList({ group, version, resources }: ExtensionApi): Record<string, unknown> {
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/${version}`, resources };
}
