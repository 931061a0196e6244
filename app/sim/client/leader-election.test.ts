import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lease } from '../../contracts/k8s/index.ts';
import { createTestApiServer, type TestApiServer } from '../apiserver/testing.ts';
import type { Transport } from '../machinery/transport.ts';
import { ApiClient } from './api-client.ts';
import { LeaderElector } from './leader-election.ts';
import { events, leases } from './resource-types.ts';

let api: TestApiServer;
let client: ApiClient;
let log: string[];
let electors: LeaderElector[];
let cut: Set<string>;

beforeEach(async () => {
  api = await createTestApiServer();
  client = new ApiClient(api.admin);
  [log, electors, cut] = [[], [], new Set()];
});
afterEach(async () => {
  for (const elector of electors) elector.dispose();
  await api.clock.settle();
  api.dispose();
});

function start(name: string): LeaderElector {
  const transport: Transport = { ...api.admin, send: (request) => (cut.has(name) ? Promise.reject(new Error('cut off')) : api.admin.send(request)), watch: api.admin.watch.bind(api.admin) };
  const { clock, ids, random } = api;
  const elector = new LeaderElector({ client: new ApiClient(transport), clock, ids, random, lease: 'kube-scheduler', host: name, component: 'default-scheduler' }, { onStartedLeading: () => log.push(`${name} leads`), onStoppedLeading: () => log.push(`${name} stopped`) });
  electors.push(elector);
  return elector;
}
const lease = async (): Promise<NonNullable<Lease['spec']>> => (await client.get<Lease>(leases, 'kube-system', 'kube-scheduler')).spec!;

describe('leader election', () => {
  it('lets one lead, and the other when that one stops in good order', async () => {
    const a = start('a');
    await api.clock.advance(10);
    start('b');
    await api.clock.advance(20_000);
    expect(log).toEqual(['a leads']);
    expect(await lease()).toMatchObject({ holderIdentity: a.identity, leaseDurationSeconds: 15, leaseTransitions: 0, acquireTime: '2026-01-01T00:00:00.000000Z', renewTime: '2026-01-01T00:00:20.000000Z' });
    a.dispose();
    await api.clock.advance(5_000);
    expect(log).toEqual(['a leads', 'b leads']);
    const texts = (await client.list<any>(events, 'kube-system')).items.map((event) => `${event.reason} ${event.message.replace(/_\S+ /, ' ')} ${event.source.component}`);
    expect(texts).toEqual(['LeaderElection a became leader default-scheduler', 'LeaderElection b became leader default-scheduler']);
  });

  it('takes the Lease from one that is cut off, which steps down before', async () => {
    start('a');
    await api.clock.advance(10);
    start('b');
    cut.add('a');
    await api.clock.advance(9_000);
    expect(log).toEqual(['a leads']);
    await api.clock.advance(12_000);
    expect(log).toEqual(['a leads', 'a stopped', 'b leads']);
    expect((await lease()).leaseTransitions).toBe(1);
    cut.delete('a');
    await api.clock.advance(10_000);
    expect(log).toHaveLength(3);
  });
});
