import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SeededRandom, VirtualClock } from '../../base/clock/index.ts';
import { exchange } from './dns/exchange.ts';
import type { NetworkNamespace } from './network.ts';
import { SimulatedNetwork } from './simulated-network.ts';

let clock: VirtualClock;
let network: SimulatedNetwork;
let client: NetworkNamespace;
let server: NetworkNamespace;
beforeEach(() => {
  clock = new VirtualClock({ start: 0, paused: true });
  network = new SimulatedNetwork(clock, new SeededRandom(1));
  network.addNode('a', '172.18.0.2', 1);
  network.addNode('b', '172.18.0.3', 2);
  client = network.attach('a', 'client', { hostNetwork: false });
  server = network.attach('b', 'server', { hostNetwork: false });
});
afterEach(() => clock.dispose());

const service = (extra: object = {}, address = '10.96.0.9'): Parameters<ReturnType<SimulatedNetwork['rulesOf']>['replace']>[0][number] => ({ service: 'default/web', protocol: 'TCP', address, port: 80, endpoints: [{ address: server.addresses[0]!, port: 8080 }], ...extra });
/** Who the server sees, or why not. */
const dial = async (host: string, port: number, from = client): Promise<string> => {
  let seen = '';
  const listening = server.listen({ port: 8080 }, (connection) => void (seen = connection.remoteAddress.split(':')[0]!));
  const result = from.dial(host, port).then((connection) => (connection.close(), seen), (error: { code: string }) => error.code);
  await clock.advance(200_000);
  listening.close();
  return result;
};

describe('the packet path', () => {
  it('leads through the rules of the node that they are for', async () => {
    expect(await dial('10.96.0.9', 80)).toBe('ETIMEDOUT');
    network.rulesOf('a').replace([service()]);
    expect(await dial('10.96.0.9', 80)).toBe('10.244.1.2');
    expect(await dial('10.96.0.9', 81)).toBe('ETIMEDOUT');
    network.rulesOf('a').replace([service({ endpoints: [] })]);
    expect(await dial('10.96.0.9', 80)).toBe('ECONNREFUSED');
    network.rulesOf('a').replace([service({ drop: true, endpoints: [] })]);
    expect(await dial('10.96.0.9', 80)).toBe('ETIMEDOUT');
  });

  it('takes a node port by the rules of the node that is dialled, and masks the caller', async () => {
    network.rulesOf('b').replace([service({ port: 30_080, masquerade: true }, '')]);
    expect(await dial('172.18.0.3', 30_080)).toBe('172.18.0.3');
    expect(await dial('172.18.0.2', 30_080)).toBe('ECONNREFUSED');
  });

  it('leads a host port into its Pod, from everywhere, until the Pod goes', async () => {
    network.attach('b', 'mapped', { hostNetwork: false, portMappings: [{ hostPort: 80, containerPort: 8080, protocol: 'tcp', hostIP: '' }, { hostPort: 81, containerPort: 8080, protocol: 'tcp', hostIP: '127.0.0.1' }] });
    server = network.namespaceOf('mapped')!;
    expect(await dial('172.18.0.3', 80)).toBe('10.244.1.2');
    expect(await dial('127.0.0.1', 80, network.nodeNamespace('b'))).toBe('172.18.0.3');
    expect(await dial('127.0.0.1', 81, network.nodeNamespace('b'))).toBe('172.18.0.3');
    expect(await dial('172.18.0.3', 81)).toBe('ECONNREFUSED');
    expect(await dial('172.18.0.2', 80)).toBe('ECONNREFUSED');
    expect(network.explain(client, '172.18.0.3', 80, 'tcp').map(({ kind }) => kind)).toEqual(['sent', 'rule', 'policy', 'wire', 'policy', 'refused']);
    network.detach('mapped');
    server = network.attach('b', 'after', { hostNetwork: false });
    expect(await dial('172.18.0.3', 80)).toBe('ECONNREFUSED');
  });

  it('keeps a client with its endpoint for as long as affinity lasts', async () => {
    const other = network.attach('b', 'other', { hostNetwork: false });
    const rules = network.rulesOf('a');
    const rule = service({ sessionAffinitySeconds: 60, endpoints: [server, other].map((one) => ({ address: one.addresses[0]!, port: 8080 })) });
    rules.replace([rule]);
    const chosen = new Set(Array.from({ length: 20 }, () => rules.choose(rule, '10.244.1.2')!.address));
    const clients = new Set(Array.from({ length: 20 }, (_, index) => rules.choose(rule, `10.244.1.${index + 10}`)!.address));
    expect([chosen.size, clients.size]).toEqual([1, 2]);
  });

  it('sends lost packets again, so that what heals is reached', async () => {
    const fault = network.faults.add({ from: 'a', to: 'b', lossPercent: 100 });
    const listening = server.listen({ port: 8080 }, () => {});
    let connected = false;
    void client.dial(server.addresses[0]!, 8080).then(() => (connected = true));
    await clock.advance(5_000);
    expect(connected).toBe(false);
    fault.dispose();
    await clock.advance(5_000);
    expect(connected).toBe(true);
    listening.close();
  });

  it('delays what a slow wire carries', async () => {
    const listening = server.listen({ port: 8080 }, (connection) => void connection.input.read().then((chunk) => connection.output.write(chunk!)));
    network.faults.add({ latencyMs: 100 });
    let answeredAt = 0;
    void client.dial(server.addresses[0]!, 8080).then(async (connection) => {
      connection.output.write(new Uint8Array([1]));
      await connection.input.read();
      answeredAt = clock.now();
    });
    await clock.advance(1_000);
    expect(answeredAt).toBe(400);
    listening.close();
  });

  it('carries datagrams, and says when nobody is there', async () => {
    server.listen({ port: 53, protocol: 'udp' }, async (flow) => {
      for await (const datagram of flow.input) flow.output.write(datagram);
    });
    expect(await exchange(client, clock, server.addresses[0]!, 53, new Uint8Array([7]), 1_000)).toEqual(new Uint8Array([7]));
    await expect(exchange(client, clock, server.addresses[0]!, 54, new Uint8Array([7]), 1_000)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(client.sockets).toEqual([]);
  });

  it('ends connections with the Pod', async () => {
    server.listen({ port: 8080 }, () => {});
    const connection = await client.dial(server.addresses[0]!, 8080);
    expect(client.sockets).toMatchObject([{ state: 'ESTAB', remote: { port: 8080 } }]);
    network.detach('server');
    expect(await connection.input.read()).toBeUndefined();
  });

  it('explains the way of a packet without sending it', () => {
    const kinds = (address: string, port: number): string[] => network.explain(client, address, port, 'tcp').map((step) => (step.kind === 'lost' || step.kind === 'refused' ? `${step.kind}: ${step.reason}` : step.kind));
    const ends = (): string => kinds('10.96.0.9', 80).at(-1)!;
    network.rulesOf('a').replace([service()]);
    expect(kinds('10.96.0.9', 80)).toEqual(['sent', 'rule', 'endpoint', 'policy', 'wire', 'policy', 'refused: nobody listens at 10.244.2.2:8080']);
    server.listen({ port: 8080, process: 'web' }, () => {});
    expect(network.explain(client, '10.96.0.9', 80, 'tcp').at(-1)).toEqual({ kind: 'arrived', node: 'b', target: '10.244.2.2:8080', process: 'web', source: '10.244.1.2' });
    expect(kinds('10.96.0.9', 81)).toEqual(['sent', 'lost: a Service has this address, but not this port']);
    network.setFilter('b', { allows: (direction) => direction !== 'ingress' });
    expect(ends()).toBe('lost: a NetworkPolicy does not allow it (ingress)');
    network.setPower('b', false);
    expect(ends()).toBe('lost: a machine is off');
    network.rulesOf('a').replace([service({ endpoints: [] })]);
    expect(ends()).toBe('refused: the Service has no ready endpoint');
    expect(kinds('10.244.9.9', 80).at(-1)).toBe('lost: no machine and no Pod has the address 10.244.9.9');
  });
});
