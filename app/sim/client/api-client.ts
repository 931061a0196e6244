import type { KubeObject, Stored } from '../../contracts/k8s/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import type { Transport } from '../machinery/transport.ts';

/** A resource to talk about: `{ group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment' }`. */
export interface ResourceType<T> {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never set: carries the type. */
  readonly object?: T;
}

export interface ApiList<T> {
  readonly items: readonly Stored<T>[];
  readonly metadata: { readonly resourceVersion: string };
}

/** The path of a collection or object: `/apis/apps/v1/namespaces/lab/deployments/web/scale`. */
export function pathOf(type: ResourceType<unknown>, namespace?: string, name?: string, subresource?: string): string {
  const base = type.group ? `/apis/${type.group}/${type.version}` : `/api/${type.version}`;
  const middle = namespace && type.namespaced ? `/namespaces/${namespace}` : '';
  return `${base}${middle}/${type.resource}${name ? `/${name}` : ''}${subresource ? `/${subresource}` : ''}`;
}

export function apiVersionOf({ group, version }: ResourceType<unknown>): string {
  return group ? `${group}/${version}` : version;
}

/** Typed requests of one component. Refusals are thrown as StatusErrors. What it returns is frozen: copy before changing. */
export class ApiClient {
  readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  async get<T>(type: ResourceType<T>, namespace: string | undefined, name: string, cause: Cause = []): Promise<Stored<T>> {
    return (await this.transport.send<Stored<T>>({ method: 'GET', path: pathOf(type, namespace, name), cause })).body;
  }

  async list<T>(type: ResourceType<T>, namespace?: string, query: Readonly<Record<string, string>> = {}, cause: Cause = []): Promise<ApiList<T>> {
    return (await this.transport.send<ApiList<T>>({ method: 'GET', path: pathOf(type, namespace), query, cause })).body;
  }

  async create<T>(type: ResourceType<T>, namespace: string | undefined, body: unknown, cause: Cause): Promise<Stored<T>> {
    const object = { kind: type.kind, apiVersion: apiVersionOf(type), ...(body as object) };
    return (await this.transport.send<Stored<T>>({ method: 'POST', path: pathOf(type, namespace), body: object, cause })).body;
  }

  async createSubresource(type: ResourceType<unknown>, namespace: string | undefined, name: string, subresource: string, body: unknown, cause: Cause): Promise<unknown> {
    return (await this.transport.send({ method: 'POST', path: pathOf(type, namespace, name, subresource), body, cause })).body;
  }

  async update<T>(type: ResourceType<T>, object: KubeObject | Stored<T>, cause: Cause, subresource?: string): Promise<Stored<T>> {
    const { namespace, name } = object.metadata;
    return (await this.transport.send<Stored<T>>({ method: 'PUT', path: pathOf(type, namespace, name, subresource), body: object, cause })).body;
  }

  /** A strategic merge patch, as components send it. */
  async patch<T>(type: ResourceType<T>, namespace: string | undefined, name: string, patch: unknown, cause: Cause, subresource?: string): Promise<Stored<T>> {
    const path = pathOf(type, namespace, name, subresource);
    return (await this.transport.send<Stored<T>>({ method: 'PATCH', path, body: patch, contentType: 'application/strategic-merge-patch+json', cause })).body;
  }

  /** A JSON merge patch: what custom resources take. */
  async mergePatch<T>(type: ResourceType<T>, namespace: string | undefined, name: string, patch: unknown, cause: Cause): Promise<Stored<T>> {
    return (await this.transport.send<Stored<T>>({ method: 'PATCH', path: pathOf(type, namespace, name), body: patch, contentType: 'application/merge-patch+json', cause })).body;
  }

  /** Server-side apply of a status, as its owner. */
  async applyStatus<T>(type: ResourceType<T>, namespace: string | undefined, name: string, status: unknown, fieldManager: string, cause: Cause): Promise<Stored<T>> {
    const body = { apiVersion: type.group ? `${type.group}/${type.version}` : type.version, kind: type.kind, metadata: { name }, status };
    return (await this.transport.send<Stored<T>>({ method: 'PATCH', path: pathOf(type, namespace, name, 'status'), query: { fieldManager, force: 'true' }, body, contentType: 'application/apply-patch+yaml', cause })).body;
  }

  async delete(type: ResourceType<unknown>, namespace: string | undefined, name: string, options: unknown, cause: Cause): Promise<void> {
    await this.transport.send({ method: 'DELETE', path: pathOf(type, namespace, name), body: options, cause });
  }
}
