import { selectorFromLabelSelector } from '../../machinery/labels.ts';
import type { Backend, Route } from './table.ts';
import type { Finding, Gateway, GatewayListener, HttpRoute, HttpRouteRule, ParentRef } from './types.ts';
import { isGranted, type ClusterView } from './view.ts';

const SUPPORTED = ['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite'];

export interface ListenerReport {
  readonly listener: GatewayListener;
  readonly findings: readonly Finding[];
  readonly isUsable: boolean;
  attachedRoutes: number;
}

export interface RouteReport {
  readonly parentRef: ParentRef;
  readonly findings: readonly Finding[];
}

export interface Compiled {
  readonly routes: readonly Route[];
  readonly listeners: ReadonlyMap<Gateway, readonly ListenerReport[]>;
  readonly parents: ReadonlyMap<HttpRoute, readonly RouteReport[]>;
}

const finding = (type: string, isTrue: boolean, reason: string, message: string): Finding => ({ type, status: isTrue ? 'True' : 'False', reason, message });

/** The routes of Gateways, and what is to be said of each object. */
export function compile(gateways: readonly Gateway[], all: readonly HttpRoute[], view: ClusterView): Compiled {
  const listeners = new Map(gateways.map((gateway) => [gateway, gateway.spec.listeners.map((listener) => report(gateway, listener, view))]));
  const parents = new Map<HttpRoute, RouteReport[]>();
  const inOrder = [...all].sort((a, b) => (a.metadata.creationTimestamp === b.metadata.creationTimestamp ? (keyOf(a) < keyOf(b) ? -1 : 1) : a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
  const routes = inOrder.flatMap((route) => {
    const resolved = resolution(route, view);
    const places: { port: number; hosts: readonly string[] }[] = [];
    for (const parentRef of route.spec.parentRefs ?? []) {
      if ((parentRef.kind ?? 'Gateway') !== 'Gateway') continue;
      const gateway = gateways.find(({ metadata }) => metadata.name === parentRef.name && metadata.namespace === (parentRef.namespace ?? route.metadata.namespace));
      if (!gateway) continue;
      const { accepted, attached } = attach(route, parentRef, gateway, listeners.get(gateway)!, view);
      places.push(...attached);
      parents.set(route, [...(parents.get(route) ?? []), { parentRef, findings: [accepted, resolved] }]);
    }
    return places.length > 0 ? (route.spec.rules ?? []).flatMap((rule) => routesOf(route, rule, places, view)) : [];
  });
  return { routes, listeners, parents };
}

function keyOf({ metadata }: HttpRoute): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function report(gateway: Gateway, listener: GatewayListener, view: ClusterView): ListenerReport {
  const isKnown = ['HTTP', 'HTTPS'].includes(listener.protocol) && listener.tls?.mode !== 'Passthrough';
  const resolved = certificates(gateway, listener, view);
  const isUsable = isKnown && resolved.status === 'True';
  const accepted = isKnown ? finding('Accepted', true, 'Accepted', 'Listener has been accepted') : finding('Accepted', false, 'UnsupportedProtocol', `Protocol ${listener.protocol} is not supported`);
  const programmed = isUsable ? finding('Programmed', true, 'Programmed', 'Listener has been programmed') : finding('Programmed', false, 'Invalid', 'Listener is not usable, see its other conditions');
  return { listener, isUsable, attachedRoutes: 0, findings: [accepted, finding('Conflicted', false, 'NoConflicts', ''), programmed, resolved] };
}

function certificates(gateway: Gateway, { protocol, tls }: GatewayListener, view: ClusterView): Finding {
  const namespace = gateway.metadata.namespace!;
  const refuse = (reason: string, message: string): Finding => finding('ResolvedRefs', false, reason, message);
  if (protocol === 'HTTPS' && !tls?.certificateRefs?.length) return refuse('InvalidCertificateRef', 'An HTTPS listener needs a certificate');
  for (const { kind = 'Secret', name, namespace: other = namespace } of tls?.certificateRefs ?? []) {
    if (kind !== 'Secret') return refuse('InvalidCertificateRef', `Certificates are Secrets, not a ${kind}`);
    if (!isGranted(view, { kind: 'Gateway', namespace }, { kind: 'Secret', namespace: other, name })) return refuse('RefNotPermitted', `No ReferenceGrant in namespace ${other} allows to use Secret ${name}`);
    const secret = view.secret(other, name);
    if (!secret) return refuse('InvalidCertificateRef', `Secret ${other}/${name} not found`);
    if (!secret.data?.['tls.crt'] || !secret.data['tls.key']) return refuse('InvalidCertificateRef', `Secret ${other}/${name} has no tls.crt and tls.key`);
  }
  return finding('ResolvedRefs', true, 'ResolvedRefs', 'All references resolved');
}

/** Where a route hangs on a Gateway, or why nowhere. */
function attach(route: HttpRoute, parentRef: ParentRef, gateway: Gateway, reports: readonly ListenerReport[], view: ClusterView): { accepted: Finding; attached: { port: number; hosts: readonly string[] }[] } {
  const refuse = (reason: string, message: string): { accepted: Finding; attached: [] } => ({ accepted: finding('Accepted', false, reason, message), attached: [] });
  const meant = reports.filter(({ listener }) => (parentRef.sectionName ?? listener.name) === listener.name && (parentRef.port ?? listener.port) === listener.port);
  if (meant.length === 0) return refuse('NoMatchingParent', 'No listener of the Gateway matches this parent ref');
  const allowed = meant.filter(({ listener }) => isAllowed(listener, route, gateway, view));
  if (allowed.length === 0) return refuse('NotAllowedByListeners', 'No matching listener allows routes from this namespace or of this kind');
  const fitting = allowed.map((one) => ({ one, hosts: common(route.spec.hostnames ?? [], one.listener.hostname ?? '') })).filter(({ hosts }) => hosts.length > 0);
  if (fitting.length === 0) return refuse('NoMatchingListenerHostname', 'There were no hostname intersections between the HTTPRoute and this parent ref\'s Listener(s).');
  const strange = (route.spec.rules ?? []).flatMap(({ filters = [] }) => filters).find(({ type }) => !SUPPORTED.includes(type));
  if (strange) return refuse('UnsupportedValue', `Filter ${strange.type} is not supported`);
  for (const { one } of fitting) one.attachedRoutes++;
  return { accepted: finding('Accepted', true, 'Accepted', 'Route is accepted'), attached: fitting.filter(({ one }) => one.isUsable).map(({ one, hosts }) => ({ port: one.listener.port, hosts })) };
}

function isAllowed({ allowedRoutes }: GatewayListener, route: HttpRoute, gateway: Gateway, view: ClusterView): boolean {
  const { from = 'Same', selector } = allowedRoutes?.namespaces ?? {};
  if (allowedRoutes?.kinds?.length && !allowedRoutes.kinds.some(({ kind }) => kind === 'HTTPRoute')) return false;
  if (from === 'Same') return route.metadata.namespace === gateway.metadata.namespace;
  return from === 'All' || selectorFromLabelSelector(selector as never).matches(view.labelsOf(route.metadata.namespace!));
}

/** The hosts that both want; '' is any. */
function common(wanted: readonly string[], listening: string): string[] {
  if (wanted.length === 0) return [listening];
  const covers = (wide: string, narrow: string): boolean => wide === '' || wide === narrow || (wide.startsWith('*.') && narrow.endsWith(wide.slice(1)));
  return wanted.flatMap((host) => (covers(listening, host) ? [host] : covers(host, listening) ? [listening] : []));
}

function routesOf(route: HttpRoute, rule: HttpRouteRule, places: Route['places'], view: ClusterView): Route[] {
  const backends = (rule.backendRefs ?? []).map((ref): Backend => ({
    weight: ref.weight ?? 1, namespace: ref.namespace ?? route.metadata.namespace!, service: ref.name, port: ref.port ?? 0, filters: ref.filters ?? [], isBroken: problem(route, ref, view) !== undefined,
  }));
  const matches = rule.matches?.length ? rule.matches : [{}];
  return matches.map((match) => ({
    source: `HTTPRoute ${keyOf(route)}`, places, filters: rule.filters ?? [], backends, timeoutMs: milliseconds(rule.timeouts?.request),
    match: { path: match.path ?? { type: 'PathPrefix', value: '/' }, ...(match.method ? { method: match.method } : {}), headers: match.headers ?? [], query: match.queryParams ?? [] },
  }));
}

function resolution(route: HttpRoute, view: ClusterView): Finding {
  for (const rule of route.spec.rules ?? []) for (const ref of rule.backendRefs ?? []) {
    const wrong = problem(route, ref, view);
    if (wrong) return wrong;
  }
  return finding('ResolvedRefs', true, 'ResolvedRefs', 'All references resolved');
}

function problem(route: HttpRoute, { group = '', kind = 'Service', name, namespace = route.metadata.namespace!, port }: NonNullable<HttpRouteRule['backendRefs']>[number], view: ClusterView): Finding | undefined {
  const refuse = (reason: string, message: string): Finding => finding('ResolvedRefs', false, reason, message);
  if (group !== '' || kind !== 'Service') return refuse('InvalidKind', `Backends of kind ${kind} are not supported`);
  if (!isGranted(view, { kind: 'HTTPRoute', namespace: route.metadata.namespace! }, { kind: 'Service', namespace, name })) return refuse('RefNotPermitted', `Backend ref to Service ${namespace}/${name} not permitted by any ReferenceGrant`);
  const service = view.service(namespace, name);
  if (!service) return refuse('BackendNotFound', `Service ${namespace}/${name} not found`);
  if (!(service.spec?.ports ?? []).some((one) => one.port === port)) return refuse('BackendNotFound', `Service ${namespace}/${name} has no port ${port ?? ''}`.trimEnd());
  return undefined;
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** `1m30s`; 0 and nothing are no limit. */
function milliseconds(duration: string | undefined): number | undefined {
  const total = [...(duration ?? '').matchAll(/(\d+)(h|ms|m|s)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0);
  return total > 0 ? total : undefined;
}
