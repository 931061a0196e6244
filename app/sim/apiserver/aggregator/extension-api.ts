import type { UserInfo } from '../../machinery/transport.ts';
import type { RequestInfo } from '../interfaces.ts';

/** A resource of an extension API server, as its discovery names it. */
export interface ExtensionResource {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

export interface ExtensionRequest {
  readonly info: RequestInfo;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly user: UserInfo;
  /** Media types that the client takes: Tables are asked for here. */
  readonly accept?: string;
  /** The parsed body of a write. */
  readonly body: unknown;
}

/**
 * An API server of another part in this process, behind an APIService with a `service`: what metrics-server is to
 * metrics.k8s.io. Give it to {@link ApiServer.extend}; who may ask was settled before, by the rules of this server.
 *
 * ```
 *   kubectl ──▶ kube-apiserver ── APIService v1beta1.metrics.k8s.io, Available? ──▶ handle()
 * ```
 */
export interface ExtensionApi {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly ExtensionResource[];
  /** The JSON object of the answer. Throws StatusErrors. */
  handle(request: ExtensionRequest): Promise<Readonly<Record<string, unknown>>> | Readonly<Record<string, unknown>>;
}
