import { newBadRequest } from '../../machinery/errors.ts';
import { dns1123SubdomainProblems } from '../../machinery/names.ts';
import type { UserInfo } from '../../machinery/transport.ts';
import { forbidden } from '../authorization/union.ts';
import type { Attributes, Authorizer, RequestInfo } from '../interfaces.ts';

/** Headers by lower-case name, each value for itself. */
export type DistinctHeaders = Readonly<Record<string, readonly string[] | undefined>>;

interface WantedUser {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const EXTRA_PREFIX = 'impersonate-extra-';
const AUTHENTICATION = { group: 'authentication.k8s.io', version: 'v1' };
/** So many groups or extras at once, and one question for all of them is asked first. */
const MANY = 4;

/**
 * `kubectl --as`: acts as somebody else. The constrained ways are tried first (verbs `impersonate-on:MODE:VERB` and
 * `impersonate:MODE`), then the old one (verb `impersonate`); the first refusal is the one that is told.
 *
 * models apiserver/pkg/endpoints/filters/impersonation
 * @throws 400, 403
 */
export function impersonate(user: UserInfo, headers: DistinctHeaders, info: RequestInfo, authorizer: Authorizer): UserInfo {
  const wanted = wantedUser(headers);
  if (!wanted) return user;
  const check = new Check({ ...info, user }, wanted, authorizer);
  let refusal: unknown;
  for (const mode of MODES) {
    if (!mode.applies(wanted, user)) continue;
    try {
      return check.run(mode);
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

function wantedUser(headers: DistinctHeaders): WantedUser | undefined {
  const name = headers['impersonate-user']?.[0] ?? '';
  const uid = headers['impersonate-uid']?.[0] ?? '';
  const groups = headers['impersonate-group'] ?? [];
  const extra: Record<string, readonly string[]> = {};
  for (const [header, values] of Object.entries(headers)) if (header.startsWith(EXTRA_PREFIX)) extra[unescapeKey(header.slice(EXTRA_PREFIX.length))] = values ?? [];
  if (name !== '') return { name, uid, groups, extra };
  if (uid === '' && groups.length === 0 && Object.keys(extra).length === 0) return undefined;
  throw newBadRequest(`requested ${goUser({ name, uid, groups, extra })} without impersonating a user name`);
}

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** As Go's %#v prints it. */
function goUser({ name, uid, groups, extra }: WantedUser): string {
  const strings = (items: readonly string[]): string => `[]string{${items.map((item) => JSON.stringify(item)).join(', ')}}`;
  const keys = Object.keys(extra).sort();
  const extras = keys.length === 0 ? 'map[string][]string(nil)' : `map[string][]string{${keys.map((key) => `${JSON.stringify(key)}:${strings(extra[key]!)}`).join(', ')}}`;
  return `&user.DefaultInfo{Name:${JSON.stringify(name)}, UID:${JSON.stringify(uid)}, Groups:${groups.length === 0 ? '[]string(nil)' : strings(groups)}, Extra:${extras}}`;
}

interface Mode {
  /** Undefined: the old way. */
  readonly name?: string;
  applies(wanted: WantedUser, requestor: UserInfo): boolean;
}

const isOnlyName = ({ uid, groups, extra }: WantedUser): boolean => uid === '' && groups.length === 0 && Object.keys(extra).length === 0;
const MODES: readonly Mode[] = [
  {
    name: 'associated-node',
    applies: (wanted, requestor) => isOnlyName(wanted) && accountOf(requestor.name) !== undefined && nodeOf(wanted.name) !== undefined && requestor.extra?.['authentication.kubernetes.io/node-name']?.[0] === nodeOf(wanted.name),
  },
  { name: 'arbitrary-node', applies: (wanted) => isOnlyName(wanted) && nodeOf(wanted.name) !== undefined },
  { name: 'serviceaccount', applies: (wanted) => isOnlyName(wanted) && accountOf(wanted.name) !== undefined },
  { name: 'user-info', applies: ({ name }) => nodeOf(name) === undefined && accountOf(name) === undefined },
  { applies: () => true },
];

function nodeOf(username: string): string | undefined {
  const name = /^system:node:(.+)$/.exec(username)?.[1];
  return name !== undefined && dns1123SubdomainProblems(name).length === 0 ? name : undefined;
}

export function accountOf(username: string): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? [];
  return namespace && name ? { namespace, name } : undefined;
}

/** The questions to the authorizer that one request to act as somebody asks. */
class Check {
  readonly #request: Attributes;
  readonly #wanted: WantedUser;
  readonly #authorizer: Authorizer;

  constructor(request: Attributes, wanted: WantedUser, authorizer: Authorizer) {
    this.#request = request;
    this.#wanted = wanted;
    this.#authorizer = authorizer;
  }

  run({ name: mode }: Mode): UserInfo {
    const { name, uid, extra } = this.#wanted;
    const verb = mode === undefined ? 'impersonate' : `impersonate:${mode}`;
    if (mode !== undefined) this.#require({ ...this.#request, verb: `impersonate-on:${mode}:${this.#request.verb}` });
    const groups = this.#username(verb, mode);
    if (uid !== '') this.#require(this.#about(verb, AUTHENTICATION, 'uids', uid));
    this.#groups(verb, mode);
    this.#extras(verb, mode);
    return { name, groups: withStanding(name, groups), ...(uid === '' ? {} : { uid }), ...(Object.keys(extra).length === 0 ? {} : { extra }) };
  }

  /** Asks for the name; answers with the groups that come with it. */
  #username(verb: string, mode: string | undefined): readonly string[] {
    const { name, groups } = this.#wanted;
    const account = accountOf(name);
    const node = mode === undefined ? undefined : nodeOf(name);
    const attributes = this.#about(verb, this.#usersGroup(mode), node === undefined ? 'users' : 'nodes', node ?? name);
    this.#require(account ? { ...attributes, resource: 'serviceaccounts', ...account } : attributes);
    if (node !== undefined) return ['system:nodes'];
    return account && groups.length === 0 ? ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`] : groups;
  }

  #groups(verb: string, mode: string | undefined): void {
    const { groups } = this.#wanted;
    const about = (name: string): Attributes => this.#about(verb, this.#usersGroup(mode), 'groups', name);
    if (mode !== undefined) {
      if (groups.includes('')) throw forbidden(about(''), 'impersonating the empty string group is not allowed');
      if (groups.includes('system:masters')) throw forbidden(about('system:masters'), 'impersonating the system:masters group is not allowed');
      if (groups.length >= MANY && this.#authorizer.authorize(about('*')).allowed) return;
    }
    for (const group of groups) this.#require(about(group));
  }

  #extras(verb: string, mode: string | undefined): void {
    const entries = Object.entries(this.#wanted.extra);
    const about = (key: string, value: string): Attributes => ({ ...this.#about(verb, AUTHENTICATION, 'userextras', value), subresource: key });
    const isMany = entries.length >= MANY || entries.reduce((count, [, values]) => count + values.length, 0) >= MANY;
    if (mode !== undefined && isMany && this.#authorizer.authorize(about('*', '*')).allowed) return;
    for (const [key, values] of entries) for (const value of values) this.#require(about(key, value));
  }

  /** The old way asks about users and groups of the core group. */
  #usersGroup(mode: string | undefined): { group: string; version: string } {
    return mode === undefined ? { group: '', version: 'v1' } : AUTHENTICATION;
  }

  #about(verb: string, { group, version }: { group: string; version: string }, resource: string, name: string): Attributes {
    return { user: this.#request.user, path: '', isResource: true, verb, group, version, namespace: '', resource, subresource: '', name, rest: '' };
  }

  #require(attributes: Attributes): void {
    const { allowed, reason } = this.#authorizer.authorize(attributes);
    if (!allowed) throw forbidden(attributes, reason);
  }
}

function withStanding(name: string, groups: readonly string[]): readonly string[] {
  if (name === 'system:anonymous') return groups.includes('system:unauthenticated') ? groups : [...groups, 'system:unauthenticated'];
  return groups.includes('system:unauthenticated') || groups.includes('system:authenticated') ? groups : [...groups, 'system:authenticated'];
}
