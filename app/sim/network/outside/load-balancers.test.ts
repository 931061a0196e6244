import { afterEach, beforeEach, expect, it } from 'vitest';
import { SeededRandom, VirtualClock } from '../../../base/clock/index.ts';
import { Emitter } from '../../../base/lifecycle/index.ts';
import { SimulatedNetwork } from '../simulated-network.ts';
import { LoadBalancers, type Balancer, type Hop } from './load-balancers.ts';

let clock: VirtualClock;
let network: SimulatedNetwork;
let balancers: Map<string, Balancer>;
let changed: Emitter<void>;
let up: LoadBalancers;
let hops: Hop[];
beforeEach(() => {
  clock = new VirtualClock({ start: 0, paused: true });
  network = new SimulatedNetwork(clock, new SeededRandom(1));
  for (const [index, name] of ['a', 'b'].entries()) {
    network.addNode(name, `172.18.0.${index + 2}`, index + 1);
    network.nodeNamespace(name).listen({ port: 30_080 }, (connection) => {
      connection.output.write(new TextEncoder().encode(name));
      connection.output.end();
    });
  }
  network.addMachine('internet', '203.0.113.10');
  balancers = new Map();
  changed = new Emitter();
  hops = [];
  up = new LoadBalancers({ machines: network, clock, account: { loadBalancers: balancers, onDidChange: changed.event }, addressOf: (instance) => ({ a: '172.18.0.2', b: '172.18.0.3' })[instance], onForward: (hop) => hops.push(hop) });
});
afterEach(() => {
  up.dispose();
  clock.dispose();
});

const put = (targets: Balancer['targets'], nodePort = 30_080): void => {
  balancers.set('lb', { address: '172.18.255.200', listeners: [{ port: 80, nodePort, protocol: 'TCP' }], targets });
  changed.fire();
};
/** What comes back from the load balancer, '' for a connection that is closed at once, or why there is none. */
const ask = async (): Promise<string> => {
  const answer = network.nodeNamespace('internet').dial('172.18.255.200', 80).then(async (connection) => {
    let text = '';
    for await (const chunk of connection.input) text += new TextDecoder().decode(chunk);
    connection.close();
    return text;
  }, (error: { code: string }) => error.code);
  await clock.advance(200_000);
  return answer;
};

it('hands connections to healthy targets, and passes over one that does not answer', async () => {
  expect(await ask()).toBe('ETIMEDOUT');
  put([{ instance: 'a', healthy: false }, { instance: 'b', healthy: true }]);
  expect([await ask(), await ask()]).toEqual(['b', 'b']);
  put([{ instance: 'a', healthy: true }, { instance: 'b', healthy: true }]);
  expect(new Set([await ask(), await ask()])).toEqual(new Set(['a', 'b']));
  network.setPower('b', false);
  expect([await ask(), await ask()]).toEqual(['a', 'a']);
  expect(hops.at(-1)).toMatchObject({ listener: '172.18.255.200:80', instance: 'a', nodePort: 30_080 });
});

it('closes a connection that nobody takes, follows a changed node port, and goes when its order does', async () => {
  put([]);
  expect(await ask()).toBe('');
  put([{ instance: 'a', healthy: true }], 30_081);
  expect(await ask()).toBe('');
  put([{ instance: 'a', healthy: true }]);
  expect(await ask()).toBe('a');
  balancers.clear();
  changed.fire();
  expect(await ask()).toBe('ETIMEDOUT');
});
