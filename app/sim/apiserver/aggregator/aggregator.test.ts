import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestApiServer, type TestApiServer } from '../testing.ts';

type Json = Record<string, any>;

const SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';

describe('APIServices', () => {
  let api: TestApiServer;
  const send = async (method: string, path: string, body?: unknown): Promise<Json> => (await api.admin.send<Json>({ method: method as never, path, body, cause: [] })).body;
  const refusal = async (promise: Promise<unknown>): Promise<string> => promise.then(() => 'accepted', (error: Error) => error.message);
  const available = async (name: string): Promise<Json> => (await send('GET', `${SERVICES}/${name}`))['status'].conditions[0];

  beforeEach(async () => {
    api = await createTestApiServer({ loops: true });
  });
  afterEach(() => api.dispose());

  it('hand requests to a part in this process once its Service has endpoints', async () => {
    const extension = api.server.extend({
      group: 'metrics.k8s.io', version: 'v1beta1',
      resources: [{ name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] }],
      handle: ({ info }) => ({ kind: 'NodeMetrics', apiVersion: 'metrics.k8s.io/v1beta1', metadata: { name: info.name } }),
    });
    await send('POST', SERVICES, { metadata: { name: 'v1beta1.metrics.k8s.io' }, spec: { group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true, service: { namespace: 'kube-system', name: 'metrics-server' } } });
    await api.clock.advance(1_000);
    expect(await available('v1beta1.metrics.k8s.io')).toMatchObject({ status: 'False', reason: 'ServiceNotFound', message: 'service/metrics-server in "kube-system" is not present' });
    expect(await refusal(send('GET', '/apis/metrics.k8s.io/v1beta1/nodes/a'))).toBe('the server is currently unable to handle the request');
    await send('POST', '/api/v1/namespaces/kube-system/services', { metadata: { name: 'metrics-server' }, spec: { ports: [{ name: 'https', port: 443 }] } });
    await api.clock.advance(6_000);
    expect(await available('v1beta1.metrics.k8s.io')).toMatchObject({ status: 'False', reason: 'MissingEndpoints', message: 'endpoints for service/metrics-server in "kube-system" have no addresses with port name "https"' });
    await send('POST', '/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices', { metadata: { name: 'm', labels: { 'kubernetes.io/service-name': 'metrics-server' } }, addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ name: 'https', port: 443 }] });
    await api.clock.advance(6_000);
    expect(await available('v1beta1.metrics.k8s.io')).toMatchObject({ status: 'True', reason: 'Passed', message: 'all checks passed' });
    expect(await send('GET', '/apis/metrics.k8s.io/v1beta1/nodes/a')).toMatchObject({ kind: 'NodeMetrics', metadata: { name: 'a' } });
    expect(await send('GET', '/apis/metrics.k8s.io/v1beta1')).toMatchObject({ kind: 'APIResourceList', groupVersion: 'metrics.k8s.io/v1beta1' });
    extension.dispose();
  });

  it('are made for the versions of custom resources, and come back when they are deleted', async () => {
    await send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'things.example.com' },
      spec: { group: 'example.com', scope: 'Cluster', names: { plural: 'things', kind: 'Thing' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }] },
    });
    await api.clock.advance(1_000);
    const made = await send('GET', `${SERVICES}/v1.example.com`);
    expect(made).toMatchObject({ metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'true' } }, spec: { groupPriorityMinimum: 1000, versionPriority: 100 }, status: { conditions: [{ reason: 'Local' }] } });
    await send('DELETE', `${SERVICES}/v1.example.com`);
    await api.clock.advance(1_000);
    expect((await send('GET', `${SERVICES}/v1.example.com`))['metadata'].uid).not.toBe(made['metadata'].uid);
    await send('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com');
    await api.clock.advance(6_000);
    expect(await refusal(send('GET', `${SERVICES}/v1.example.com`))).toContain('not found');
  });
});
