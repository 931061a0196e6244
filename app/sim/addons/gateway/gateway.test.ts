// The bundled gateway as a real Pod: requests of a client in the cluster through its Service to the Pods behind.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Ingress } from '../../../contracts/k8s/index.ts';
import { ApiClient } from '../../client/api-client.ts';
import { ingresses, pods, services } from '../../client/resource-types.ts';
import { SimCluster } from '../../sim-cluster.ts';
import { gateways, httpRoutes, type Gateway } from './types.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let cluster: SimCluster;
let client: ApiClient;
beforeEach(async () => {
  cluster = await SimCluster.create({ workers: 1, seed: 7, speed: 1, startAt: Date.UTC(2026, 0, 1), paused: true, addons: ['dns', 'gateway'], cloud: true });
  client = new ApiClient(cluster.apiServer.transport({ part: 'you', user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, userAgent: 'kubectl/v1.35.2' }));
  await cluster.clock.advance(5_000);
  for (const [name, image] of [['client', 'curlimages/curl'], ['web', 'nginx:1.27'], ['who', 'traefik/whoami']] as const) {
    await client.create(pods, 'default', { metadata: { name, labels: { app: name } }, spec: { containers: [{ name: 'main', image, ...(name === 'client' ? { command: ['sleep', 'infinity'] } : {}) }] } }, []);
    if (name !== 'client') await client.create(services, 'default', { metadata: { name }, spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }] } }, []);
  }
  await cluster.clock.advance(15_000);
});
afterEach(async () => {
  await cluster.close();
  await new Promise((resolve) => setImmediate(resolve));
});

async function curl(...command: string[]): Promise<string> {
  const session = await cluster.nodes[1]!.kubelet.server.exec({ namespace: 'default', name: 'client' }, 'main', { command: ['curl', '-si', ...command], stdin: false, stdout: true, stderr: true, tty: false, cause: [] });
  let output = '';
  const read = async (source: AsyncIterable<Uint8Array> | undefined): Promise<void> => {
    if (source) for await (const chunk of source) output += new TextDecoder().decode(chunk);
  };
  const done = Promise.all([read(session.stdout), read(session.stderr), session.exit]);
  await cluster.clock.advance(5_000);
  await done;
  return output;
}
const via = (host: string, path: string, ...more: string[]): Promise<string> => curl('-H', `Host: ${host}`, ...more, `http://gateway.orrery-gateway${path}`);

it('serves Ingresses of its class by host and path, and tells them their address', async () => {
  const backend = (name: string): object => ({ service: { name, port: { name: 'http' } } });
  await client.create(ingresses, 'default', { metadata: { name: 'shop' }, spec: { rules: [{ host: 'shop.test', http: { paths: [{ path: '/', pathType: 'Prefix', backend: backend('web') }, { path: '/who', pathType: 'Exact', backend: backend('who') }, { path: '/none', pathType: 'Prefix', backend: backend('none') }] } }] } }, []);
  await cluster.clock.advance(1_000);
  const { spec, status } = await client.get<Ingress>(ingresses, 'default', 'shop');
  expect([spec!.ingressClassName, status!.loadBalancer!.ingress]).toEqual(['orrery', [{ ip: '172.18.255.200' }]]);
  expect(await via('shop.test', '/')).toContain('Welcome to nginx!');
  const who = await via('shop.test', '/who', '-d', 'a=1');
  expect(who).toMatch(/POST \/who HTTP\/1.1\r?\nHost: shop.test/);
  expect(await via('shop.test', '/who/x')).toContain('404 Not Found');
  expect(await via('other.test', '/')).toContain('404 page not found');
  expect(await via('shop.test', '/none')).toContain('500 Internal Server Error');
  await client.delete(pods, 'default', 'web', { gracePeriodSeconds: 0 }, []);
  await cluster.clock.advance(1_000);
  expect(await via('shop.test', '/')).toContain('503 Service Unavailable');
});

it('serves HTTPRoutes on the ports of Gateways, with redirects, rewrites and headers', async () => {
  await client.create(gateways, 'default', { metadata: { name: 'edge' }, spec: { gatewayClassName: 'orrery', listeners: [{ name: 'http', port: 8000, protocol: 'HTTP' }] } }, []);
  await client.create(httpRoutes, 'default', { metadata: { name: 'api' }, spec: { parentRefs: [{ name: 'edge' }], rules: [
    { matches: [{ path: { value: '/old' } }], filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' }, statusCode: 301 } }] },
    { matches: [{ path: { value: '/api' } }], filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'inner.test', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } }, { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'X-Through', value: 'edge' }] } }], backendRefs: [{ name: 'who', port: 80 }] },
    { backendRefs: [{ name: 'web', port: 80, weight: 0 }, { name: 'who', port: 80 }] },
  ] } }, []);
  await cluster.clock.advance(3_000);
  const { status } = await client.get<Gateway>(gateways, 'default', 'edge');
  expect([status!.addresses, status!.conditions!.map((one) => `${one.type} ${one.status}`), (status!.listeners![0] as { attachedRoutes?: number }).attachedRoutes]).toEqual([[{ type: 'IPAddress', value: '172.18.255.200' }], ['Accepted True', 'Programmed True'], 1]);
  expect(await via('x.test', ':8000/old/a?b=1')).toMatch(/301 Moved Permanently[^]*Location: https:\/\/x.test\/new\/a\?b=1/);
  const rewritten = await via('x.test', ':8000/api/v1');
  expect(rewritten).toContain('X-Through: edge');
  expect(rewritten).toMatch(/GET \/v1 HTTP\/1.1\r?\nHost: inner.test/);
  expect(await via('x.test', ':8000/')).toContain('Hostname: who');
  expect(await via('x.test', '/')).toContain('404 page not found');
});
