// Cluster DNS as containers see it: real Pods, real datagrams, on a clock that stands still between steps.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConfigMap, Pod } from '../../../contracts/k8s/index.ts';
import { ApiClient } from '../../client/api-client.ts';
import { configMaps, deployments, pods, services } from '../../client/resource-types.ts';
import { SimCluster } from '../../sim-cluster.ts';
import { parseCorefile } from './corefile.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let cluster: SimCluster;
let client: ApiClient;
beforeEach(async () => {
  cluster = await SimCluster.create({ workers: 2, seed: 7, speed: 1, startAt: Date.UTC(2026, 0, 1), paused: true, addons: ['dns'] });
  client = new ApiClient(cluster.apiServer.transport({ part: 'you', user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, userAgent: 'kubectl/v1.35.2' }));
  await cluster.clock.advance(2_000);
  const run = (name: string, image: string, spec: object = {}): Promise<unknown> => client.create(pods, 'default', { metadata: { name, labels: { app: name } }, spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image, ...(image.startsWith('busybox') ? { command: ['sleep', 'infinity'] } : {}) }], ...spec } }, []);
  await run('client', 'busybox:1.36');
  await run('db', 'nginx:1.27', { hostname: 'db-0', subdomain: 'db' });
  await client.create(services, 'default', { metadata: { name: 'db' }, spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ name: 'http', port: 80 }] } }, []);
  await client.create(services, 'default', { metadata: { name: 'web' }, spec: { clusterIP: '10.96.7.7', selector: { app: 'db' }, ports: [{ name: 'http', port: 8080, targetPort: 80 }] } }, []);
  await client.create(services, 'default', { metadata: { name: 'docs' }, spec: { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' } }, []);
  await cluster.clock.advance(5_000);
});
afterEach(async () => {
  await cluster.close();
  await new Promise((resolve) => setImmediate(resolve));
});

async function exec(command: readonly string[], advanceMs = 1_000): Promise<string> {
  const pod = await client.get<Pod>(pods, 'default', 'client');
  const { server } = cluster.nodes.find((node) => node.config.name === pod.spec!.nodeName)!.kubelet;
  const session = await server.exec({ namespace: 'default', name: 'client' }, 'main', { command, stdin: false, stdout: true, stderr: true, tty: false, cause: [] });
  let output = '';
  const read = async (source: AsyncIterable<Uint8Array> | undefined): Promise<void> => {
    if (source) for await (const chunk of source) output += new TextDecoder().decode(chunk);
  };
  const done = Promise.all([read(session.stdout), read(session.stderr), session.exit]);
  await cluster.clock.advance(advanceMs);
  await done;
  return output;
}

describe('cluster DNS', () => {
  it('answers for every kind of Service, in the words of nslookup', async () => {
    const head = 'Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n';
    const db = (await client.get<Pod>(pods, 'default', 'db')).status!.podIP!;
    expect(await exec(['nslookup', 'web.default.svc.cluster.local'])).toBe(`${head}\nName:\tweb.default.svc.cluster.local\nAddress: 10.96.7.7\n\n`);
    expect(await exec(['nslookup', '-type=a', 'db-0.db.default.svc.cluster.local'])).toBe(`${head}Name:\tdb-0.db.default.svc.cluster.local\nAddress: ${db}\n\n`);
    expect(await exec(['nslookup', '-type=srv', '_http._tcp.db.default.svc.cluster.local'])).toBe(`${head}_http._tcp.db.default.svc.cluster.local\tservice = 0 100 80 db-0.db.default.svc.cluster.local\n\n`);
    expect(await exec(['nslookup', '-type=a', 'docs.default.svc.cluster.local'])).toBe(`${head}docs.default.svc.cluster.local\tcanonical name = web.default.svc.cluster.local\nName:\tweb.default.svc.cluster.local\nAddress: 10.96.7.7\n\n`);
    expect(await exec(['nslookup', '-type=a', `${db.replace(/\./g, '-')}.default.pod.cluster.local`])).toContain(`Address: ${db}\n`);
    expect(await exec(['nslookup', '10.96.7.7'])).toBe(`${head}7.7.96.10.in-addr.arpa\tname = web.default.svc.cluster.local\n\n`);
    expect(await exec(['nslookup', '-type=a', 'none.default.svc.cluster.local'])).toBe(`${head}** server can't find none.default.svc.cluster.local: NXDOMAIN\n\n`);
  });

  it('serves the search list of every program, and wget says what it cannot find', async () => {
    for (const name of ['web:8080', 'web.default:8080', 'docs:8080', 'db-0.db', 'web.default.svc.cluster.local.:8080']) expect(await exec(['sh', '-c', `wget -qO- http://${name} | grep -c Welcome`]), name).toBe('2\n');
    expect(await exec(['wget', '-qO-', 'http://webb:8080'])).toBe("wget: bad address 'webb:8080'\n");
    expect(await exec(['wget', '-T', '2', '-qO-', 'http://web:9'], 3_000)).toBe('wget: download timed out\n');
  });

  it('is gone with its Pods, and follows its ConfigMap', async () => {
    const corefile = (await client.get<ConfigMap>(configMaps, 'kube-system', 'coredns')).data!['Corefile']!;
    await client.patch(configMaps, 'kube-system', 'coredns', { data: { Corefile: corefile.replace('ready', 'ready\n    hosts {\n      192.0.2.9 legacy.example\n      fallthrough\n    }') } }, []);
    await client.patch(deployments, 'kube-system', 'coredns', { spec: { replicas: 0 } }, []);
    await cluster.clock.advance(40_000);
    expect(await exec(['nslookup', 'web'], 6_000)).toBe(';; connection timed out; no servers could be reached\n\n');
    await client.patch(deployments, 'kube-system', 'coredns', { spec: { replicas: 1 } }, []);
    await cluster.clock.advance(5_000);
    expect(await exec(['nslookup', '-type=a', 'legacy.example'])).toContain('Address: 192.0.2.9\n');
  });

  it('refuses a Corefile that is none', () => {
    expect(() => parseCorefile('.:53 {\n  errors\n', 'Corefile')).toThrow("Corefile:3 - Error during parsing: Unexpected EOF, expecting '}'");
  });
});
