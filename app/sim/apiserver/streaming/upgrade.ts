import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Pod } from '../../../contracts/k8s/index.ts';
import { newBadRequest, newForbidden, newPathNotFound } from '../../machinery/errors.ts';
import type { ProcessSession } from '../../machinery/streams.ts';
import type { UserInfo } from '../../machinery/transport.ts';
import type { Handled, HandledRequest } from '../filters/handler.ts';
import { isTrue, requestInfo } from '../filters/request-info.ts';
import type { Router } from '../handlers/router.ts';
import { containerOf, kubeletOf } from './log.ts';

export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly user: UserInfo;
  readonly router: Router;
  readonly handle: (request: HandledRequest) => Promise<Handled>;
}

const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/**
 * exec and attach over a WebSocket: one message a chunk, its first byte the channel.
 * models apiserver/pkg/util/proxy: stream translator, and apimachinery remotecommand v5.channel.k8s.io
 */
export async function upgrade(upgradeRequest: UpgradeRequest): Promise<void> {
  const { request, path, query, router, user } = upgradeRequest;
  const info = requestInfo('GET', path, query);
  const isStream = info.resource === 'pods' && (info.subresource === 'exec' || info.subresource === 'attach');
  const registry = router.registry(info.group, info.version, info.resource);
  if (!isStream || !registry) throw newPathNotFound();
  if (!user.groups.includes('system:masters')) {
    const decision = router.options.rbac.authorize({ ...info, verb: 'create', user });
    if (!decision.allowed) throw newForbidden({ group: '', resource: 'pods' }, info.name, `User ${JSON.stringify(user.name)} cannot create resource "pods/${info.subresource}" in API group "" in the namespace ${JSON.stringify(info.namespace)}`);
  }
  const offered = String(request.headers['sec-websocket-protocol'] ?? '').split(',').map((item) => item.trim());
  const protocol = PROTOCOLS.find((candidate) => offered.includes(candidate));
  if (!protocol) throw newBadRequest(`unable to upgrade: unable to negotiate a supported protocol, client supports: [${offered.join(' ')}]`);
  const pod = registry.get(info.namespace, info.name).object as unknown as Pod;
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') throw newBadRequest(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  const container = containerOf(pod, query['container']);
  const kubelet = kubeletOf(pod, router.options);
  const streams = { stdin: isTrue(query['stdin']), stdout: isTrue(query['stdout']), stderr: isTrue(query['stderr']), tty: isTrue(query['tty']), cause: [] };
  const target = { namespace: info.namespace, name: info.name };
  const session = info.subresource === 'exec'
    ? await kubelet.exec(target, container, { ...streams, command: JSON.parse(query['command'] ?? '[]') as string[] })
    : await kubelet.attach(target, container, streams);
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => protocol, perMessageDeflate: false });
  server.handleUpgrade(request, upgradeRequest.socket, upgradeRequest.head, (webSocket) => void pump(webSocket, session));
}

async function pump(webSocket: WebSocket, session: ProcessSession): Promise<void> {
  const send = (channel: number, bytes: Uint8Array): void => {
    if (webSocket.readyState === webSocket.OPEN) webSocket.send(Buffer.concat([Buffer.from([channel]), bytes]));
  };
  webSocket.on('message', (data: Buffer) => {
    const channel = data[0];
    const bytes = data.subarray(1);
    if (channel === CHANNEL.stdin) session.stdin?.write(new Uint8Array(bytes));
    else if (channel === CHANNEL.close && bytes[0] === CHANNEL.stdin) session.stdin?.end();
    else if (channel === CHANNEL.resize) resize(session, bytes);
  });
  webSocket.on('close', () => session.detach());
  send(CHANNEL.stdout, new Uint8Array());
  const copy = async (channel: number, source: ProcessSession['stdout'] | undefined): Promise<void> => {
    if (source) for await (const chunk of source) send(channel, chunk);
  };
  await Promise.all([copy(CHANNEL.stdout, session.stdout), copy(CHANNEL.stderr, session.stderr)]);
  const { exitCode } = await session.exit;
  send(CHANNEL.error, Buffer.from(JSON.stringify(exitStatus(exitCode))));
  webSocket.close(1000);
}

function resize(session: ProcessSession, bytes: Buffer): void {
  try {
    const size = JSON.parse(bytes.toString('utf8')) as { Width?: number; Height?: number };
    if (size.Width && size.Height) session.resize({ columns: size.Width, rows: size.Height });
  } catch {
    // A size that cannot be read changes nothing.
  }
}

/** models k8s.io/apimachinery/pkg/util/remotecommand: the status on the error channel */
function exitStatus(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}
