import { describe, expect, it } from 'vitest';
import type { EndpointSlice, Service, Stored } from '../../contracts/k8s/index.ts';
import { rulesOf } from './service-rules.ts';

const service = (spec: object): Stored<Service> => ({ metadata: { name: 'web', namespace: 'default' }, spec: { clusterIP: '10.96.0.9', ports: [{ port: 80, nodePort: 30_080 }], ...spec } }) as Stored<Service>;
const slice = (...endpoints: object[]): Stored<EndpointSlice> => ({ metadata: {}, ports: [{ port: 8080 }], endpoints }) as unknown as Stored<EndpointSlice>;
const ready = { ready: true, serving: true, terminating: false };
const leaving = { ready: false, serving: true, terminating: true };
const dead = { ready: false, serving: false, terminating: true };
const on = (node: string, address: string, conditions: object = ready, hints?: object): object => ({ addresses: [address], nodeName: node, conditions, ...(hints ? { hints } : {}) });
/** ClusterIP's and NodePort's endpoints, `drop` where packets vanish. */
const shown = (spec: object, ...endpoints: object[]): string[] => rulesOf(service(spec), [slice(...endpoints)], { node: 'a', zone: 'z1' }).map((rule) => (rule.drop ? 'drop' : rule.endpoints.map((endpoint) => endpoint.address).join(' ')));

describe('rulesOf', () => {
  it.each([
    ['all ready ones', {}, [on('a', '1'), on('b', '2'), on('b', '3', leaving)], ['1 2', '1 2']],
    ['those that terminate when none is ready', {}, [on('a', '1', leaving), on('b', '2', dead)], ['1', '1']],
    ['local ones outside', { externalTrafficPolicy: 'Local' }, [on('a', '1'), on('b', '2')], ['1 2', '1']],
    ['a drop without local ones', { externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local' }, [on('b', '2')], ['drop', 'drop']],
    ['a refusal without any', { internalTrafficPolicy: 'Local' }, [], ['', '']],
    ['those hinted for the zone', {}, [on('a', '1', ready, { forZones: [{ name: 'z1' }] }), on('b', '2', ready, { forZones: [{ name: 'z2' }] })], ['1', '1']],
    ['all when a hint is missing', {}, [on('a', '1', ready, { forZones: [{ name: 'z1' }] }), on('b', '2')], ['1 2', '1 2']],
    ['those hinted for the node', {}, [on('a', '1', ready, { forNodes: [{ name: 'a' }] }), on('b', '2', ready, { forNodes: [{ name: 'b' }] })], ['1', '1']],
  ])('has %s', (_, spec, endpoints, expected) => expect(shown(spec, ...endpoints)).toEqual(expected));

  it('has none for headless and external names', () => {
    expect([rulesOf(service({ clusterIP: 'None' }), [], { node: 'a', zone: undefined }), rulesOf(service({ type: 'ExternalName' }), [], { node: 'a', zone: undefined })]).toEqual([[], []]);
  });
});
