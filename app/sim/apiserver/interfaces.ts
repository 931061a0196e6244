import type { Clock, Ids } from '../../base/clock/index.ts';
import type { KubeObject } from '../../contracts/k8s/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import type { Schemas } from '../machinery/schema.ts';
import type { Transport, UserInfo } from '../machinery/transport.ts';
import type { ResourceDefinition } from '../resources/definition.ts';

/** What a request asks for, read from its method, path and query. models apiserver/pkg/endpoints/request: RequestInfo */
export interface RequestInfo {
  readonly path: string;
  readonly isResource: boolean;
  /** get, list, watch, create, update, patch, delete, deletecollection; the lower-case HTTP verb for other paths. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** What follows the subresource: the rest of a proxied path. */
  readonly rest: string;
}

export interface Attributes extends RequestInfo {
  readonly user: UserInfo;
}

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

export interface Authorizer {
  authorize(attributes: Attributes): Decision;
}

export interface Credentials {
  /** Subject of a client certificate that our CA signed. */
  readonly certificate?: { readonly commonName: string; readonly organizations: readonly string[]; /** SHA-256 of the certificate, in hexadecimal. */ readonly fingerprint?: string };
  /** The Authorization header. */
  readonly authorization?: string;
}

export interface Authenticator {
  /** Undefined: these credentials say nothing to me. 'invalid': they do, and they are wrong. */
  authenticate(credentials: Credentials): UserInfo | 'invalid' | undefined;
}

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** What an admission plug-in judges. `object` may be changed by `admit` only. */
export interface AdmissionAttributes extends Attributes {
  readonly operation: Operation;
  readonly definition: ResourceDefinition;
  readonly object: any;
  readonly previous: any;
  readonly dryRun: boolean;
  /** What led to the request. */
  readonly cause: Cause;
  warn(text: string): void;
}

/** Reads the watch cache directly, as the plug-ins' informers do. */
export interface ObjectReader {
  get<T = KubeObject>(storage: string, namespace: string | undefined, name: string): T | undefined;
  list<T = KubeObject>(storage: string, namespace?: string): readonly T[];
  /** By an index: those in all namespaces whose selectable field has the value. */
  withField<T = KubeObject>(storage: string, field: string, value: string): readonly T[];
}

export interface AdmissionContext {
  readonly reader: ObjectReader;
  /** The server's own way to itself, for what plug-ins write (usage of quotas). */
  readonly loopback: Pick<Transport, 'send'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly schemas: Schemas;
  readonly authorizer: Authorizer;
  /** The resource of a kind, built in or custom: what policies take parameters of. */
  findKind(apiVersion: string, kind: string): ResourceDefinition | undefined;
}

/** One plug-in: mutating ones have `admit`, validating ones `validate`; both throw StatusErrors. */
export interface AdmissionPlugin {
  readonly name: string;
  handles(attributes: AdmissionAttributes): boolean;
  admit?(attributes: AdmissionAttributes, context: AdmissionContext): void | Promise<void>;
  validate?(attributes: AdmissionAttributes, context: AdmissionContext): void | Promise<void>;
}

/** Who asks and what led to it. */
export interface RequestContext {
  readonly user: UserInfo;
  readonly userAgent: string;
  readonly cause: Cause;
  readonly dryRun: boolean;
  readonly info: RequestInfo;
  readonly query: Readonly<Record<string, string | undefined>>;
  warn(text: string): void;
}
