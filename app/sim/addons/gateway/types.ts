import type { ResourceType } from '../../client/api-client.ts';
import type { Filter, KeyMatch } from './table.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly generation?: number;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
}

export interface GatewayClass {
  readonly metadata: Meta;
  readonly spec: { readonly controllerName: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export interface GatewayListener {
  readonly name: string;
  readonly hostname?: string;
  readonly port: number;
  readonly protocol: string;
  readonly tls?: { readonly mode?: string; readonly certificateRefs?: readonly { readonly kind?: string; readonly name: string; readonly namespace?: string }[] };
  readonly allowedRoutes?: { readonly namespaces?: { readonly from?: string; readonly selector?: object }; readonly kinds?: readonly { readonly kind: string }[] };
}

export interface Gateway {
  readonly metadata: Meta;
  readonly spec: { readonly gatewayClassName: string; readonly listeners: readonly GatewayListener[] };
  readonly status?: { readonly addresses?: readonly object[]; readonly conditions?: readonly Condition[]; readonly listeners?: readonly { readonly name: string; readonly conditions?: readonly Condition[] }[] };
}

export interface ParentRef {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}

export interface HttpRouteRule {
  readonly matches?: readonly { readonly path?: { readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression'; readonly value: string }; readonly method?: string; readonly headers?: readonly KeyMatch[]; readonly queryParams?: readonly KeyMatch[] }[];
  readonly filters?: readonly Filter[];
  readonly timeouts?: { readonly request?: string };
  readonly backendRefs?: readonly { readonly group?: string; readonly kind?: string; readonly name: string; readonly namespace?: string; readonly port?: number; readonly weight?: number; readonly filters?: readonly Filter[] }[];
}

export interface HttpRoute {
  readonly metadata: Meta;
  readonly spec: { readonly parentRefs?: readonly ParentRef[]; readonly hostnames?: readonly string[]; readonly rules?: readonly HttpRouteRule[] };
  readonly status?: { readonly parents?: readonly { readonly parentRef: ParentRef; readonly controllerName: string; readonly conditions?: readonly Condition[] }[] };
}

export interface ReferenceGrant {
  readonly metadata: Meta;
  readonly spec: { readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[]; readonly to: readonly { readonly group: string; readonly kind: string; readonly name?: string }[] };
}

const GROUP = 'gateway.networking.k8s.io';
const kind = <T>(resource: string, name: string, namespaced = true): ResourceType<T> => ({ group: GROUP, version: 'v1', resource, kind: name, namespaced });

export const gatewayClasses = kind<GatewayClass>('gatewayclasses', 'GatewayClass', false);
export const gateways = kind<Gateway>('gateways', 'Gateway');
export const httpRoutes = kind<HttpRoute>('httproutes', 'HTTPRoute');
export const referenceGrants = kind<ReferenceGrant>('referencegrants', 'ReferenceGrant');

export type Finding = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

/** Conditions as they are written: times stay where the status does. */
export function mergeConditions(before: readonly Condition[] | undefined, now: readonly Finding[], generation: number | undefined, at: string): Condition[] {
  return now.map((finding) => {
    const old = (before ?? []).find(({ type }) => type === finding.type);
    return { ...finding, ...(generation === undefined ? {} : { observedGeneration: generation }), lastTransitionTime: old?.status === finding.status ? old.lastTransitionTime : at };
  });
}
