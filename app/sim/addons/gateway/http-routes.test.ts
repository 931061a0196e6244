import { expect, it } from 'vitest';
import type { Service, Stored } from '../../../contracts/k8s/index.ts';
import { compile } from './http-routes.ts';
import type { Gateway, HttpRoute, ReferenceGrant } from './types.ts';
import type { ClusterView } from './view.ts';

const meta = (namespace: string, name: string): HttpRoute['metadata'] => ({ namespace, name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' });
const gateway = (...listeners: object[]): Gateway => ({ metadata: meta('infra', 'edge'), spec: { gatewayClassName: 'orrery', listeners: listeners.map((listener, index) => ({ name: `l${index}`, port: 80 + index, protocol: 'HTTP', ...listener })) } }) as Gateway;
const route = (namespace: string, spec: object): HttpRoute => ({ metadata: meta(namespace, 'web'), spec: { parentRefs: [{ name: 'edge', namespace: 'infra' }], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }], ...spec } });
const view = (grants: readonly ReferenceGrant[] = []): ClusterView => ({
  service: (_, name) => (name === 'web' ? ({ metadata: {}, spec: { ports: [{ port: 80 }] } } as unknown as Stored<Service>) : undefined), secret: () => undefined,
  labelsOf: (namespace) => ({ team: namespace }), grantsIn: () => grants,
});
const ALL = { allowedRoutes: { namespaces: { from: 'All' } } };
const conditions = (listeners: object[], one: HttpRoute, grants?: readonly ReferenceGrant[]): string[] => [...compile([gateway(...listeners)], [one], view(grants)).parents.values()].flat().flatMap(({ findings }) => findings.map(({ status, reason }) => `${status} ${reason}`));
const grant = { metadata: meta('shop', 'g'), spec: { from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'infra' }], to: [{ group: '', kind: 'Service' }] } } as ReferenceGrant;

it.each([
  ['accepts', [ALL], route('shop', {}), [], 'True Accepted', 'True ResolvedRefs'],
  ['from the same namespace only', [{}], route('shop', {}), [], 'False NotAllowedByListeners', 'True ResolvedRefs'],
  ['from chosen namespaces', [{ allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { team: 'shop' } } } } }], route('shop', {}), [], 'True Accepted', 'True ResolvedRefs'],
  ['no such listener', [ALL], route('shop', { parentRefs: [{ name: 'edge', namespace: 'infra', sectionName: 'nope' }] }), [], 'False NoMatchingParent', 'True ResolvedRefs'],
  ['no host in common', [{ ...ALL, hostname: '*.a.test' }], route('shop', { hostnames: ['b.test'] }), [], 'False NoMatchingListenerHostname', 'True ResolvedRefs'],
  ['a missing Service', [ALL], route('shop', { rules: [{ backendRefs: [{ name: 'none', port: 80 }] }] }), [], 'True Accepted', 'False BackendNotFound'],
  ['another kind', [ALL], route('shop', { rules: [{ backendRefs: [{ kind: 'Bucket', name: 'x' }] }] }), [], 'True Accepted', 'False InvalidKind'],
  ['another namespace', [ALL], route('infra', { rules: [{ backendRefs: [{ name: 'web', namespace: 'shop', port: 80 }] }] }), [], 'True Accepted', 'False RefNotPermitted'],
  ['another namespace that grants it', [ALL], route('infra', { rules: [{ backendRefs: [{ name: 'web', namespace: 'shop', port: 80 }] }] }), [grant], 'True Accepted', 'True ResolvedRefs'],
  ['a filter that nobody knows', [ALL], route('shop', { rules: [{ filters: [{ type: 'RequestMirror' }] }] }), [], 'False UnsupportedValue', 'True ResolvedRefs'],
] as const)('%s', (_, listeners, one, grants, ...expected) => expect(conditions([...listeners], one, grants)).toEqual(expected));

it('says what is wrong with listeners, counts their routes, and takes the narrower host', () => {
  const { listeners, routes } = compile([gateway({ ...ALL, hostname: '*.a.test' }, { ...ALL, protocol: 'TCP' }, { ...ALL, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'none' }] } })], [route('shop', { hostnames: ['x.a.test', '*.test', 'b.test'] })], view());
  expect([...listeners.values()].flat().map(({ isUsable, attachedRoutes, findings }) => [isUsable, attachedRoutes, findings.filter(({ type, status }) => type !== 'Conflicted' && status === 'False').map(({ reason }) => reason)])).toEqual([[true, 1, []], [false, 1, ['UnsupportedProtocol', 'Invalid']], [false, 1, ['Invalid', 'InvalidCertificateRef']]]);
  expect(routes[0]!.places).toEqual([{ port: 80, hosts: ['x.a.test', '*.a.test'] }]);
});
