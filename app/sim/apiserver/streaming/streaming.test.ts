// exec and port-forward through the real door: TLS, WebSocket, SPDY.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import WebSocket, { createWebSocketStream } from 'ws';
import type { Duplex } from 'node:stream';
import type { Pod } from '../../../contracts/k8s/index.ts';
import { ApiClient } from '../../client/api-client.ts';
import { pods } from '../../client/resource-types.ts';
import type { Connection } from '../../machinery/streams.ts';
import { SimCluster } from '../../sim-cluster.ts';
import { controlFrame, dataFrames, finFrame, readFrames, TYPE } from './spdy/frames.ts';
import { HeaderWriter, uint32 } from './spdy/header-block.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let cluster: SimCluster;
let server: string;
const tls = (): { ca: string; cert: string; key: string } => ({ ca: cluster.certificates.authority.certificate, cert: cluster.certificates.admin.certificate, key: cluster.certificates.admin.key });

beforeEach(async () => {
  cluster = await SimCluster.create({ workers: 1, seed: 7, speed: 20, startAt: Date.now() });
  ({ server } = await cluster.listen('127.0.0.1', 0));
  await cluster.whenReady();
  const client = new ApiClient(cluster.apiServer.transport({ part: 'you', user: { name: 'kubernetes-admin', groups: ['system:masters'] }, userAgent: 'kubectl/v1.35.2' }));
  await client.create(pods, 'default', { metadata: { name: 'solo' }, spec: { hostNetwork: true, containers: [{ name: 'c', image: 'busybox:1.36', command: ['sleep', 'infinity'] }] } }, []);
  for (let pod = await client.get<Pod>(pods, 'default', 'solo'); pod.status?.phase !== 'Running'; pod = await client.get<Pod>(pods, 'default', 'solo')) await cluster.clock.sleep(50);
});
afterEach(async () => {
  await cluster.close();
  await new Promise((resolve) => setImmediate(resolve));
});

const url = (subresource: string, query: string): string => `${server.replace('https', 'wss')}/api/v1/namespaces/default/pods/solo/${subresource}?${query}`;
const open = (address: string, protocol?: string): WebSocket => new WebSocket(address, protocol ? [protocol] : [], tls());

/** All frames of one session, as `channel text`, and how it was closed. */
async function frames(query: string, protocol: string, act?: (socket: WebSocket) => void): Promise<string[]> {
  const socket = open(url('exec', query), protocol);
  const seen: string[] = [];
  socket.on('message', (data: Buffer, isBinary) => seen.push(`${isBinary ? data[0] : String.fromCharCode(data[0]!)} ${data.toString('utf8', 1).replace(/[0-9a-f]{64}/g, 'ID')}`));
  socket.once('open', () => act?.(socket));
  const [code] = (await once(socket, 'close')) as [number];
  return [...seen, `close ${code}`];
}

const success = '3 {"metadata":{},"status":"Success"}';
const failure = (text: string): string => `3 {"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: ${text}","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}`;

describe('exec over WebSocket', () => {
  it.each([
    ['v5.channel.k8s.io', 'command=echo&command=hi&stdout=true&stderr=true', ['1 ', '1 hi\n', success]],
    ['v5.channel.k8s.io', 'command=sh&command=-c&command=exit+3&stdout=true', ['1 ', failure('command terminated with exit code 3')]],
    ['v4.channel.k8s.io', 'command=sh&command=-c&command=exit+3&stdout=true', ['1 ', failure('error executing command [sh -c exit 3], exit code 3')]],
    ['base64.channel.k8s.io', 'command=echo&command=hi&stdout=true', ['1 ', '1 aGkK']],
    ['', 'command=echo&command=hi&stdout=true', ['1 ', '1 hi\n']],
  ])('speaks %s: %s', async (protocol, query, expected) => {
    expect(await frames(`container=c&${query}`, protocol)).toEqual([...expected, 'close 1000']);
  });

  it('ends input on the close signal, and says on the error channel what could not be started', async () => {
    const fed = await frames('command=cat&stdin=true&stdout=true', 'v5.channel.k8s.io', (socket) => {
      socket.send(Buffer.from('\0hello\n'));
      socket.send(Buffer.from([255, 0]));
    });
    expect(fed).toEqual(['1 ', '1 hello\n', success, 'close 1000']);
    const [, status] = await frames('command=nope&stdout=true', 'v5.channel.k8s.io');
    expect(JSON.parse(status!.slice(2))).toMatchObject({ reason: 'InternalError', code: 500, message: 'Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "ID": OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in $PATH' });
  });

  it.each([
    ['an unknown protocol', 'command=echo&stdout=true', 'nope.k8s.io', 403],
    ['no streams', 'command=echo', 'v5.channel.k8s.io', 400],
    ['an unknown container', 'container=nope&command=ls&stdout=true', 'v5.channel.k8s.io', 400],
  ])('refuses %s', async (_, query, protocol, code) => {
    const socket = open(url('exec', query), protocol);
    socket.on('error', () => {});
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number; resume(): void }];
    response.resume();
    expect(response.statusCode).toBe(code);
    socket.terminate();
  });
});

/** What kubectl's side of a port-forward does, in a few lines. */
class Forwarder {
  readonly #wire: Duplex;
  readonly #headers = new HeaderWriter();
  readonly #received = new Map<number, { chunks: Buffer[]; ended: () => void }>();
  #next = 1;

  constructor(wire: Duplex) {
    this.#wire = wire;
    wire.on('error', () => {}).setMaxListeners(0);
    void this.#read().catch(() => {});
  }

  async #read(): Promise<void> {
    for await (const frame of readFrames(this.#wire as AsyncIterable<Buffer>)) {
      if (frame.kind !== 'data') continue;
      const stream = this.#received.get(frame.stream)!;
      if (frame.payload.length > 0) stream.chunks.push(frame.payload);
      if (frame.flags & 1) stream.ended();
    }
  }

  #open(headers: Record<string, string>): { id: number; ended: Promise<Buffer> } {
    const id = this.#next;
    this.#next += 2;
    this.#wire.write(controlFrame(TYPE.synStream, 0, Buffer.concat([uint32(id), uint32(0), Buffer.from([0, 0]), this.#headers.write(headers)])));
    const chunks: Buffer[] = [];
    return { id, ended: new Promise((resolve) => this.#received.set(id, { chunks, ended: () => resolve(Buffer.concat(chunks)) })) };
  }

  /** Sends all, ends, and gathers what comes back on both streams. */
  async exchange(port: number, sent: Buffer): Promise<{ data: Buffer; error: string }> {
    const request = { port: String(port), requestid: String(this.#next) };
    const error = this.#open({ ...request, streamtype: 'error' });
    this.#wire.write(finFrame(error.id));
    const data = this.#open({ ...request, streamtype: 'data' });
    for (const frame of dataFrames(data.id, sent)) if (!this.#wire.write(frame)) await once(this.#wire, 'drain');
    this.#wire.write(finFrame(data.id));
    return { data: await data.ended, error: (await error.ended).toString() };
  }

  cut(): void {
    this.#wire.destroy();
  }
}

async function overSpdy(): Promise<Forwarder> {
  const { hostname, port } = new URL(server);
  const socket: TLSSocket = connect({ host: hostname, port: Number(port), ...tls() });
  socket.write('POST /api/v1/namespaces/default/pods/solo/portforward HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: portforward.k8s.io\r\n\r\n');
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString()).toContain('101 Switching Protocols');
  return new Forwarder(socket);
}

async function overTunnel(): Promise<Forwarder> {
  const { hostname, port } = new URL(server);
  // By hand: the library refuses a protocol with a slash.
  const socket = connect({ host: hostname, port: Number(port), ...tls() });
  socket.write('GET /api/v1/namespaces/default/pods/solo/portforward HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io\r\n\r\n');
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString()).toContain('Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io');
  const webSocket = new WebSocket(null as never, undefined as never, {});
  (webSocket as unknown as { _isServer: boolean; setSocket(...args: unknown[]): void })._isServer = false;
  (webSocket as unknown as { setSocket(...args: unknown[]): void }).setSocket(socket, Buffer.alloc(0), { allowSynchronousEvents: true, maxPayload: 0, skipUTF8Validation: false });
  return new Forwarder(createWebSocketStream(webSocket));
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('port-forward', () => {
  const echo = async (connection: Connection): Promise<void> => {
    for await (const chunk of connection.input) {
      connection.output.write(chunk);
      await connection.output.drained();
    }
    connection.close();
  };

  it.each([['SPDY', overSpdy], ['SPDY within a WebSocket', overTunnel]])('carries 50 connections at once over %s without losing a byte', async (_, dial) => {
    const listening = cluster.network.nodeNamespace('worker-1').listen({ port: 9000, process: 'echo' }, (connection) => void echo(connection));
    const forwarder = await dial();
    const sent = Array.from({ length: 50 }, (__, index) => randomBytes(index === 0 ? 4_000_000 : 40_000));
    const received = await Promise.all(sent.map((bytes) => forwarder.exchange(9000, bytes)));
    expect(received.map(({ data, error }) => `${digest(data)} ${error}`)).toEqual(sent.map((bytes) => `${digest(bytes)} `));
    const refused = await forwarder.exchange(9001, Buffer.alloc(0));
    expect(refused.error).toMatch(/^error forwarding port 9001 to pod [0-9a-f]{64}, uid : failed to execute portforward in network namespace ".*": failed to connect to localhost:9001 inside namespace "[0-9a-f]{64}", IPv4: dial tcp4 127\.0\.0\.1:9001: connect: connection refused/);
    forwarder.cut();
    listening.close();
  });

  it('ends the Pod\'s side when the caller is cut off', async () => {
    const ended: Promise<unknown>[] = [];
    const listening = cluster.network.nodeNamespace('worker-1').listen({ port: 9002, process: 'sink' }, (connection) => {
      ended.push((async () => {
        let bytes = 0;
        for await (const chunk of connection.input) bytes += chunk.length;
        return bytes;
      })());
    });
    const forwarder = await overSpdy();
    void forwarder.exchange(9002, Buffer.alloc(1000));
    while (ended.length === 0) await cluster.clock.sleep(50);
    forwarder.cut();
    expect(await ended[0]).toBe(1000);
    listening.close();
  });
});

describe('proxy', () => {
  const get = (path: string): Promise<{ code: number; body: string }> =>
    new Promise((resolve, reject) => {
      request(`${server}${path}`, { ...tls(), agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ code: response.statusCode!, body: Buffer.concat(chunks).toString() }));
      }).on('error', reject).end();
    });

  it('asks Pods and kubelets in the caller\'s place', async () => {
    const listening = cluster.network.nodeNamespace('worker-1').listen({ port: 9003, process: 'web' }, async (connection) => {
      const asked = Buffer.from((await connection.input.read())!).toString().split('\r\n')[0];
      connection.output.write(new Uint8Array(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n${asked} <a href="/x">`)));
      connection.close();
    });
    const pod = '/api/v1/namespaces/default/pods/solo';
    expect(await get(`${pod}:9003/proxy/a/b?c=d`)).toEqual({ code: 200, body: `GET /a/b?c=d HTTP/1.1 <a href="${pod}:9003/proxy/x">` });
    expect(await get(`${pod}:9004/proxy/`)).toMatchObject({ code: 503, body: expect.stringContaining('"message":"error trying to reach service: dial tcp 172.18.0.3:9004: connect: connection refused","reason":"ServiceUnavailable"') as string });
    expect(await get(`${pod}/proxy`)).toMatchObject({ code: 301 });
    expect(await get('/api/v1/namespaces/default/services/none/proxy/')).toMatchObject({ code: 404 });
    expect(await get('/api/v1/nodes/worker-1/proxy/healthz')).toEqual({ code: 200, body: 'ok' });
    expect(await get('/api/v1/nodes/none/proxy/healthz')).toMatchObject({ code: 404 });
    const summary = JSON.parse((await get('/api/v1/nodes/worker-1/proxy/stats/summary')).body) as { node: { nodeName: string }; pods: { podRef: { name: string }; containers: { name: string; memory: { workingSetBytes: number } }[] }[] };
    expect([summary.node.nodeName, summary.pods.map(({ podRef, containers }) => [podRef.name, containers[0]!.name, containers[0]!.memory.workingSetBytes > 0])]).toEqual(['worker-1', [['solo', 'c', true]]]);
    expect((await get('/api/v1/nodes/worker-1/proxy/metrics/resource')).body).toContain('container_memory_working_set_bytes{container="c",namespace="default",pod="solo"}');
    listening.close();
  });
});
