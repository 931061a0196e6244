import { describe, expect, it } from 'vitest';
import type { NetworkPolicy, Pod, Stored } from '../../../contracts/k8s/index.ts';
import { PolicyFilter } from './policy-filter.ts';

const pod = (namespace: string, name: string, app: string): Stored<Pod> => ({ metadata: { namespace, name, labels: { app } }, spec: { containers: [{ name: 'main', ports: [{ name: 'http', containerPort: 8080 }] }] } }) as unknown as Stored<Pod>;
const PODS: Readonly<Record<string, Stored<Pod>>> = { '10.0.0.1': pod('shop', 'web', 'web'), '10.0.0.2': pod('shop', 'db', 'db'), '10.0.0.3': pod('other', 'web', 'web') };
const filter = (...specs: object[]): PolicyFilter => new PolicyFilter({
  policiesIn: (namespace) => (namespace === 'shop' ? specs.map((spec, index) => ({ metadata: { namespace, name: `p${index}` }, spec }) as unknown as Stored<NetworkPolicy>) : []),
  podAt: (address) => PODS[address], labelsOf: (namespace) => ({ 'kubernetes.io/metadata.name': namespace }),
});
type Case = readonly [what: string, spec: object | object[], direction: 'ingress' | 'egress', source: string, target: string, port: number, expected: boolean];
const from = (...peers: object[]): object => ({ podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: peers }] });
const ports = (...list: object[]): object => ({ podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: list }] });
const [WEB, DB, OTHER, OUTSIDE] = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '192.0.2.9'];

const cases: readonly Case[] = [
  ['no policy at all', [], 'ingress', WEB, DB, 80, true],
  ['a policy for others', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] }, 'ingress', WEB, DB, 80, true],
  ['deny all in', { podSelector: {}, policyTypes: ['Ingress'] }, 'ingress', WEB, DB, 80, false],
  ['deny all in, going out', { podSelector: {}, policyTypes: ['Ingress'] }, 'egress', WEB, DB, 80, true],
  ['an empty rule', { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] }, 'ingress', OUTSIDE, DB, 80, true],
  ['a Pod of this namespace', from({ podSelector: { matchLabels: { app: 'web' } } }), 'ingress', WEB, DB, 80, true],
  ['a like Pod of another one', from({ podSelector: { matchLabels: { app: 'web' } } }), 'ingress', OTHER, DB, 80, false],
  ['a namespace', from({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } }), 'ingress', OTHER, DB, 80, true],
  ['both must fit', from({ namespaceSelector: {}, podSelector: { matchLabels: { app: 'cache' } } }), 'ingress', OTHER, DB, 80, false],
  ['a block', from({ ipBlock: { cidr: '192.0.2.0/24' } }), 'ingress', OUTSIDE, DB, 80, true],
  ['an exception of it', from({ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.8/31'] } }), 'ingress', OUTSIDE, DB, 80, false],
  ['a port', ports({ port: 80 }), 'ingress', WEB, DB, 81, false],
  ['a range', ports({ port: 80, endPort: 90 }), 'ingress', WEB, DB, 81, true],
  ['a named port', ports({ port: 'http' }), 'ingress', WEB, DB, 8080, true],
  ['another protocol', ports({ port: 80, protocol: 'UDP' }), 'ingress', WEB, DB, 80, false],
  ['any of several policies', [{ podSelector: {}, policyTypes: ['Ingress'] }, from({ podSelector: {} })], 'ingress', WEB, DB, 80, true],
  ['out, to a Pod', { podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: { matchLabels: { app: 'db' } } }], ports: [{ port: 'http' }] }] }, 'egress', WEB, DB, 8080, true],
  ['out, elsewhere', { podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: { matchLabels: { app: 'db' } } }] }] }, 'egress', WEB, OUTSIDE, 80, false],
];

describe('PolicyFilter', () => {
  it.each(cases)('%s', (_, spec, direction, source, target, port, expected) => {
    expect(filter(...[spec].flat()).allows(direction, { source, target, port, protocol: 'tcp' })).toBe(expected);
  });
});
