import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Cluster, NodeShell } from '../../cluster/cluster.ts';
import { serveNodeShell } from './node-shell.ts';

let close: () => void;
let client: Socket;
let typed: string;
let sizes: (readonly [number, number])[];
let disposed: boolean;
let text: string;

/** A machine that says hello, then what is typed, and ends with exit code 3 at an x. */
function shell(): NodeShell {
  const waiting: ((more: boolean) => void)[] = [];
  return {
    write: (data) => (typed += Buffer.from(data).toString(), waiting.splice(0).forEach((wake) => wake(true))),
    resize: (columns, rows) => void sizes.push([columns, rows]),
    output: (async function* () {
      yield Buffer.from('hello ');
      for (let seen = 0; !typed.includes('x'); seen = typed.length) if (seen === typed.length) await new Promise((resolve) => waiting.push(resolve as (more: boolean) => void));
      if (typed.includes('crash')) throw new Error('power cut');
      yield Buffer.from(typed);
    })(),
    exited: Promise.resolve(3),
    dispose: () => void (disposed = true),
  } as NodeShell;
}

const cluster = { capability: () => ({ nodes: () => ['worker-1'], open: (node: string) => (node === 'worker-1' ? shell() : undefined) }) } as unknown as Cluster;

async function join(node: string, rest = ''): Promise<void> {
  const server = createServer((socket) => void serveNodeShell(socket.setEncoding('utf8'), node, rest, cluster)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as { port: number }).port, '127.0.0.1').setEncoding('utf8');
  client.on('data', (chunk: string) => (text += chunk)).on('error', () => {});
  close = () => (client.destroy(), server.close());
}
const messages = (): { data?: string; exit?: number; message?: string }[] => text.trim().split('\n').map((line) => JSON.parse(line) as { data?: string });
const bytes = (data: string): string => `${JSON.stringify({ data: Buffer.from(data).toString('base64') })}\n`;

beforeEach(() => {
  [typed, text, sizes, disposed] = ['', '', [], false];
});
afterEach(() => close());

test('what is typed reaches the machine, what it says comes back, and its exit code ends it', async () => {
  await join('worker-1', `{"columns":80,"rows":24}\n${bytes('ls ')}`);
  client.write(bytes('ex'));
  await once(client, 'end');
  expect(messages().map(({ data, exit }) => data === undefined ? exit : Buffer.from(data, 'base64').toString())).toEqual(['hello ', 'ls ex', 3]);
  expect(sizes).toEqual([[80, 24]]);
  client.destroy();
  await expect.poll(() => disposed).toBe(true);
});

test('a machine that breaks off is told, not silent', async () => {
  await join('worker-1', bytes('crash x'));
  await once(client, 'end');
  expect(messages().at(-1)).toEqual({ exit: 1, message: '\nlab: the shell on worker-1 was cut off: power cut' });
});

test('a machine that is not there is named, with those that are', async () => {
  await join('worker-9');
  await once(client, 'end');
  expect(messages()).toEqual([{ exit: 1, message: 'lab: there is no machine "worker-9"\nIt is one of: worker-1' }]);
});

test.each([['no JSON', 'x\n'], ['no message', '{"data":5}\n'], ['a size that is none', '{"columns":"many","rows":1}\n'], ['a line without an end', 'y'.repeat(1_100_000)]])('whoever sends %s is cut off', async (_, line) => {
  await join('worker-1');
  const cut = new Promise((resolve) => client.on('close', resolve));
  client.write(line);
  await cut;
  expect(typed).toBe('');
  await expect.poll(() => disposed).toBe(true);
});
