// The real kubectl, and many sessions at once: what a learner's terminal does to the streams.
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import type { RuntimeDetail } from '../../../contracts/inspection/index.ts';
import type { Pod } from '../../../contracts/k8s/index.ts';
import { ApiClient } from '../../client/api-client.ts';
import { pods } from '../../client/resource-types.ts';
import { SimCluster } from '../../sim-cluster.ts';
import { kubeconfigText } from '../pki/kubeconfig.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const kubectl = path.resolve(import.meta.dirname, '../../../../.cache/tools', process.platform === 'win32' ? 'kubectl.exe' : 'kubectl');
const LINES = 2_000;
const SESSIONS = 50;
const BIG = 100_000_000;

let cluster: SimCluster;
let server: string;
let folder: string;
const tls = (): { ca: string; cert: string; key: string } => ({ ca: cluster.certificates.authority.certificate, cert: cluster.certificates.admin.certificate, key: cluster.certificates.admin.key });

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'orrery-kubectl-'));
  cluster = await SimCluster.create({ workers: 1, seed: 7, speed: 5, startAt: Date.now() });
  ({ server } = await cluster.listen('127.0.0.1', 0));
  writeFileSync(path.join(folder, 'config'), kubeconfigText(server, cluster.certificates), { mode: 0o600 });
  await cluster.whenReady();
  const client = new ApiClient(cluster.adminTransport());
  const create = (name: string, container: object): Promise<unknown> => client.create(pods, 'default', { metadata: { name }, spec: { nodeName: 'worker-1', containers: [{ name: 'c', ...container }] } }, []);
  await create('web', { image: 'nginx:1.27' });
  await create('talker', { image: 'busybox:1.36', command: ['sh', '-c', `i=0; while [ $i -lt ${LINES} ]; do echo line $i; i=$((i+1)); done; sleep infinity`] });
  const phase = async (name: string): Promise<string | undefined> => (await client.get<Pod>(pods, 'default', name)).status?.phase;
  while ((await phase('web')) !== 'Running' || (await phase('talker')) !== 'Running') await cluster.clock.sleep(100);
});
afterEach(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
  await new Promise((resolve) => setImmediate(resolve));
});

const start = (...args: string[]): ChildProcess => spawn(kubectl, args, { env: { ...process.env, KUBECONFIG: path.join(folder, 'config') }, cwd: folder });

async function run(...args: string[]): Promise<{ code: number; output: string }> {
  const child = start(...args);
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

/** Starts a command that serves until it is ended, and the port that it says it serves at. */
async function serving(args: readonly string[], use: (port: number) => Promise<void>): Promise<void> {
  const child = start(...args);
  try {
    let said = '';
    const port = await new Promise<number>((resolve, reject) => {
      const look = (chunk: Buffer): void => {
        said += chunk.toString();
        const found = /127\.0\.0\.1:(\d+)/.exec(said);
        if (found) resolve(Number(found[1]));
      };
      child.stdout!.on('data', look);
      child.stderr!.on('data', look);
      child.once('close', () => reject(new Error(said)));
    });
    await use(port);
  } finally {
    child.kill();
    await once(child, 'close');
  }
}

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

describe.skipIf(!existsSync(kubectl))('kubectl', () => {
  it('copies a directory and a hundred megabytes to a container and back', async () => {
    mkdirSync(path.join(folder, 'tree/deep'), { recursive: true });
    writeFileSync(path.join(folder, 'tree/deep/small'), 'kept\n');
    writeFileSync(path.join(folder, 'tree/big'), randomBytes(BIG));
    expect(await run('cp', 'tree', 'web:/tmp/tree')).toEqual({ code: 0, output: '' });
    const sum = await run('exec', 'web', '--', 'sha256sum', '/tmp/tree/big', '/tmp/tree/deep/small');
    expect(sum.output.split('\n')[0]).toBe(`${digest(path.join(folder, 'tree/big'))}  /tmp/tree/big`);
    expect((await run('cp', 'web:/tmp/tree', 'back')).code).toBe(0);
    expect(digest(path.join(folder, 'back/big'))).toBe(digest(path.join(folder, 'tree/big')));
    expect(readFileSync(path.join(folder, 'back/deep/small'), 'utf8')).toBe('kept\n');
    expect((await run('exec', 'web', '--', 'rm', '-r', '/tmp/tree')).code).toBe(0);
  });

  it('proxies to the API and to a Pod', async () => {
    await serving(['proxy', '--port=0'], async (port) => {
      const get = async (where: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}${where}`)).text();
      expect(await get('/api/v1/namespaces/default/pods/web:80/proxy/')).toContain('Welcome to nginx!');
      expect((JSON.parse(await get('/api/v1/namespaces/default/pods')) as { items: unknown[] }).items).toHaveLength(2);
    });
  });

  it('forwards many connections to a port of a Pod', async () => {
    await serving(['port-forward', 'pod/web', ':80'], async (port) => {
      const pages = await Promise.all(Array.from({ length: SESSIONS }, async () => (await fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: 'close' } })).text()));
      expect(pages.filter((page) => page.includes('Welcome to nginx!'))).toHaveLength(SESSIONS);
    });
  });
});

describe('fifty at once', () => {
  /** What runs in the container, without what its shell was told. */
  const processes = (): string[] => {
    const { containers } = cluster.nodes.find(({ config }) => config.name === 'worker-1')!.engine.inspect().detail as unknown as RuntimeDetail;
    return containers.find(({ pod }) => pod === 'default/talker')!.processes.map(({ command }) => command.split(' -c ')[0]!);
  };

  it('sessions and followers lose no byte, and leave nothing behind', async () => {
    const agent = new Agent({ ...tls(), keepAlive: false });
    const follow = async (): Promise<string> => {
      const asked = request(`${server}/api/v1/namespaces/default/pods/talker/log?follow=true&container=c`, { agent });
      asked.end();
      const [answer] = (await once(asked, 'response')) as [AsyncIterable<Buffer> & { destroy(): void }];
      let text = '';
      for await (const chunk of answer) {
        text += chunk.toString();
        if (text.endsWith(`line ${LINES - 1}\n`)) break;
      }
      asked.destroy();
      return text;
    };
    const exec = async (index: number): Promise<string> => {
      const script = `i=0; while [ $i -lt 200 ]; do echo ${index} $i; i=$((i+1)); done; sleep 1; exit ${index % 7}`;
      const query = new URLSearchParams([['container', 'c'], ['stdout', 'true'], ['command', 'sh'], ['command', '-c'], ['command', script]]);
      const socket = new WebSocket(`${server.replace('https', 'wss')}/api/v1/namespaces/default/pods/talker/exec?${query}`, ['v5.channel.k8s.io'], tls());
      let [text, status] = ['', ''];
      socket.on('message', (data: Buffer) => {
        if (data[0] === 1) text += data.toString('utf8', 1);
        if (data[0] === 3) status += data.toString('utf8', 1);
      });
      await once(socket, 'close');
      const exit = /exit code (\d+)/.exec(status)?.[1] ?? '0';
      return `${exit} ${createHash('sha256').update(text).digest('hex')}`;
    };
    const numbers = Array.from({ length: SESSIONS }, (_, index) => index);
    const [logs, execs] = await Promise.all([Promise.all(numbers.map(follow)), Promise.all(numbers.map(exec))]);
    const whole = Array.from({ length: LINES }, (_, index) => `line ${index}\n`).join('');
    expect(logs.every((text) => text === whole)).toBe(true);
    const expected = (index: number): string => `${index % 7} ${createHash('sha256').update(Array.from({ length: 200 }, (_, line) => `${index} ${line}\n`).join('')).digest('hex')}`;
    expect(execs).toEqual(numbers.map(expected));
    await cluster.clock.sleep(500);
    expect(processes()).toEqual(['sh', 'sleep infinity']);
    agent.destroy();
  });
});
