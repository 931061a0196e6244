/** What is known of a request when its route is chosen. */
export interface Asked {
  readonly port: number;
  /** In small letters, without a port. */
  readonly host: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface KeyMatch {
  readonly type?: string;
  readonly name: string;
  readonly value: string;
}

export interface Match {
  readonly path: { readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression'; readonly value: string };
  readonly method?: string;
  readonly headers?: readonly KeyMatch[];
  readonly query?: readonly KeyMatch[];
}

export interface PathModifier {
  readonly type: string;
  readonly replaceFullPath?: string;
  readonly replacePrefixMatch?: string;
}

interface HeaderChange {
  readonly set?: readonly KeyMatch[];
  readonly add?: readonly KeyMatch[];
  readonly remove?: readonly string[];
}

export interface Filter {
  readonly type: string;
  readonly requestHeaderModifier?: HeaderChange;
  readonly responseHeaderModifier?: HeaderChange;
  readonly requestRedirect?: { readonly scheme?: string; readonly hostname?: string; readonly path?: PathModifier; readonly port?: number; readonly statusCode?: number };
  readonly urlRewrite?: { readonly hostname?: string; readonly path?: PathModifier };
}

export interface Backend {
  readonly weight: number;
  readonly namespace: string;
  readonly service: string;
  readonly port: number | string;
  readonly filters: readonly Filter[];
  /** It does not exist, or may not be used: requests for it fail. */
  readonly isBroken?: boolean;
}

export interface Route {
  /** `Ingress default/web` */
  readonly source: string;
  /** Ports of the listeners that it hangs on, with the hosts there; '' is any host. */
  readonly places: readonly { readonly port: number; readonly hosts: readonly string[] }[];
  readonly match: Match;
  readonly filters: readonly Filter[];
  readonly backends: readonly Backend[];
  readonly timeoutMs?: number | undefined;
  /** `*.example.com` is not for `a.b.example.com`: so says Ingress, not the Gateway API. */
  readonly isOneLabel?: boolean;
  /** For those without any other route: an Ingress' default backend. */
  readonly isDefault?: boolean;
}

/**
 * The route of a request: the most exact host first, then the most exact path, then method, headers and query, then the one
 * that stands first. models the Gateway API: HTTPRouteRule precedence; Ingress keeps to the same order
 */
export function choose(routes: readonly Route[], asked: Asked): Route | undefined {
  let best: { route: Route; rank: readonly number[] } | undefined;
  for (const route of routes) {
    const rank = rankOf(route, asked);
    if (rank && (!best || isHigher(rank, best.rank))) best = { route, rank };
  }
  return best?.route;
}

const PATH_RANK = { Exact: 2, PathPrefix: 1, RegularExpression: 0 };

function rankOf({ places, match, isDefault, isOneLabel = false }: Route, asked: Asked): readonly number[] | undefined {
  const hosts = places.filter(({ port }) => port === asked.port).flatMap((place) => place.hosts).map((host) => hostRank(host, asked.host, isOneLabel)).filter((rank) => rank >= 0);
  if (hosts.length === 0) return undefined;
  const { path, method, headers = [], query = [] } = match;
  if (!isPath(path, asked.path) || (method && method !== asked.method)) return undefined;
  if (!headers.every((one) => fits(one, asked.headers[one.name.toLowerCase()])) || !query.every((one) => fits(one, asked.query.get(one.name) ?? undefined))) return undefined;
  return [isDefault ? 0 : 1, Math.max(...hosts), PATH_RANK[path.type], path.value.length, method ? 1 : 0, headers.length, query.length];
}

function isHigher(a: readonly number[], b: readonly number[]): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return a[index]! > b[index]!;
  return false;
}

/** -1: does not fit; any host is 0, a wildcard its length, an exact one more than any wildcard. */
function hostRank(pattern: string, host: string, isOneLabel: boolean): number {
  if (pattern === '') return 0;
  if (pattern.startsWith('*.')) return host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1 && !(isOneLabel && host.slice(0, 1 - pattern.length).includes('.')) ? pattern.length : -1;
  return pattern === host ? 1_000 : -1;
}

export function isPath({ type, value }: Match['path'], path: string): boolean {
  if (type === 'Exact') return path === value;
  if (type === 'RegularExpression') return matches(value, path);
  const prefix = value.replace(/\/+$/, '');
  return path === prefix || path.startsWith(`${prefix}/`);
}

function fits({ type, value }: KeyMatch, given: string | undefined): boolean {
  return given !== undefined && (type === 'RegularExpression' ? matches(value, given) : given === value);
}

/** An expression that is none matches nothing. Long texts are not tried: an expression may take for ever on them. */
function matches(expression: string, text: string): boolean {
  try {
    return text.length <= 512 && new RegExp(`^(?:${expression})$`).test(text);
  } catch {
    return false;
  }
}

/** models the Gateway API: HTTPPathModifier. The matched prefix is replaced, with its slash kept whole. */
export function modifyPath(modifier: PathModifier | undefined, match: Match['path'], path: string): string {
  if (!modifier) return path;
  if (modifier.type === 'ReplaceFullPath') return modifier.replaceFullPath ?? '/';
  const rest = match.type === 'PathPrefix' ? path.slice(match.value.replace(/\/+$/, '').length) : '';
  const joined = `${(modifier.replacePrefixMatch ?? '').replace(/\/+$/, '')}${rest.startsWith('/') || rest === '' ? rest : `/${rest}`}`;
  return joined.startsWith('/') ? joined : `/${joined}`;
}
