import { newBadRequest, newResourceExpired, newTimeoutError, newUnknownError } from '../../machinery/errors.ts';
import { goJsonProblem } from '../../machinery/go-json.ts';
import { CompactedError, prefixEnd, type Store } from '../../etcd/store.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { RequestContext } from '../interfaces.ts';
import type { StoredObject } from '../registry/stored-object.ts';
import { REGISTRY, type WatchCache } from '../watch-cache/watch-cache.ts';
import type { ListAnswer } from './answer.ts';
import { filterOf } from './selection.ts';

interface ContinueToken {
  readonly v: string;
  readonly rv: number;
  readonly start: string;
}

/** models apiserver/pkg/endpoints/handlers: ListResource and apiserver/pkg/storage: continue tokens */
export function listObjects(definition: ResourceDefinition, context: RequestContext, cache: WatchCache, store: Store): ListAnswer {
  const { query, info } = context;
  const filter = filterOf(definition, info.namespace, info.name, query);
  const limit = query['limit'] ? Number(query['limit']) : 0;
  const token = query['continue'] ? readToken(query['continue']) : undefined;
  if (token && query['resourceVersion']) throw newBadRequest('specifying resource version is not allowed when using continue');
  checkVersion(query['resourceVersion'], cache.revision);
  const prefix = `${info.namespace ? `${info.namespace}/` : ''}`;
  const at = token ? token.rv : exactVersion(query, limit);
  const isPast = at !== undefined && at > 0 && at !== cache.revision;
  const source = isPast ? past(definition, store, prefix, at, token) : cache.of(definition.storage).values(filter.namespace);
  const revision = at !== undefined && at > 0 ? at : cache.revision;
  const values: StoredObject[] = [];
  let remaining = 0;
  for (const value of source) {
    if (token && keyOf(value).slice(prefix.length) < token.start) continue;
    if (!filter.matches(value)) continue;
    if (limit > 0 && values.length >= limit) remaining++;
    else values.push(value);
  }
  const page = { type: 'list' as const, definition, values, resourceVersion: String(revision) };
  if (remaining === 0) return page;
  const last = keyOf(values[values.length - 1]!).slice(prefix.length);
  const next = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `${last}\u0000` })).toString('base64url');
  return { ...page, continueToken: next, ...(filter.everything ? { remaining } : {}) };
}

function keyOf(value: StoredObject): string {
  const { namespace, name } = value.object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

/** The one version that will do: asked for by name, or because pages of a version must fit each other. models storage/etcd3: list with resourceVersionMatch */
function exactVersion(query: RequestContext['query'], limit: number): number | undefined {
  const { resourceVersion, resourceVersionMatch } = query;
  if (!resourceVersion || resourceVersion === '0') return undefined;
  return resourceVersionMatch === 'Exact' || (!resourceVersionMatch && limit > 0) ? Number(resourceVersion) : undefined;
}

/** The state at an earlier revision. */
function past(definition: ResourceDefinition, store: Store, prefix: string, at: number, token: ContinueToken | undefined): StoredObject[] {
  const start = `${REGISTRY}${definition.storage}/${prefix}`;
  try {
    return store.range(start, { end: prefixEnd(start), at }).items.map((item) => item.value as StoredObject);
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    if (!token) throw newResourceExpired('The resourceVersion for the provided list is too old.');
    const fresh = Buffer.from(JSON.stringify({ ...token, rv: -1 })).toString('base64url');
    const message = 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
    const expired = newResourceExpired(message);
    throw Object.assign(expired, { status: { ...expired.status, metadata: { continue: fresh } } });
  }
}

function readToken(text: string): ContinueToken {
  const refuse = (why: string): never => {
    throw newBadRequest(`invalid continue token: continue key is not valid: ${why}`);
  };
  if (!/^[\w-]*$/.test(text)) refuse(`illegal base64 data at input byte ${text.search(/[^\w-]/)}`);
  const json = Buffer.from(text, 'base64url').toString('latin1');
  const problem = goJsonProblem(json);
  if (problem) refuse(problem);
  const { v = '', rv = 0, start = '' } = JSON.parse(json) as Partial<ContinueToken>;
  if (v !== 'meta.k8s.io/v1') refuse(`server does not recognize this encoded version ${v}`);
  if (rv === 0) refuse('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (start === '') refuse('encoded start key empty (version meta.k8s.io/v1)');
  // Whoever would leave the prefix is not let out.
  const key = start.startsWith('/') ? start.slice(1) : start;
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) refuse(start);
  return { v, rv, start: key };
}

/** A revision that is no number or lies in the future is refused. */
function checkVersion(text: string | undefined, revision: number): void {
  if (text === undefined || text === '' || text === '0') return;
  if (!/^\d+$/.test(text)) {
    throw newBadRequest(`invalid resource version: ${unreadable(text)}`);
  }
  checkFuture(text, revision);
}

/** A get takes any version that is not to come. */
export function checkVersionOfGet(text: string | undefined, revision: number): void {
  if (text === undefined || text === '' || text === '0') return;
  if (!/^\d+$/.test(text)) throw newUnknownError(unreadable(text));
  checkFuture(text, revision);
}

function unreadable(text: string): string {
  return `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
}

function checkFuture(text: string, revision: number): void {
  if (Number(text) > revision) throw newTimeoutError(`Too large resource version: ${text}, current: ${revision}`, 1, [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }]);
}
