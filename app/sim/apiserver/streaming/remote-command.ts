import type { BytePipe, ByteSource, ProcessSession } from '../../machinery/streams.ts';
import { copyOut } from './transfer.ts';
import { newBadRequest, newInternalError } from '../../machinery/errors.ts';
import { StatusError } from '../../machinery/status.ts';
import { SpdySession, type SpdyStream } from './spdy/session.ts';
import { acceptWebSocket, Channels, chooseProtocol, isWebSocket, type Upgrade } from './websocket/channels.ts';

/** What the caller asked to have connected. */
export interface WantedStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  readonly command: readonly string[];
}

/** How an exec or attach ended, as the error channel says it. */
type Outcome = { readonly exitCode: number } | { readonly refused: StatusError };

/** The caller's end of exec or attach, whatever carries it. */
interface Caller {
  readonly stdin?: BytePipe;
  /** JSON documents with a terminal's size. */
  readonly resize?: ByteSource;
  stdout(chunk: Uint8Array): Promise<boolean>;
  stderr(chunk: Uint8Array): Promise<boolean>;
  finish(outcome: Outcome): Promise<void>;
  /** Settles when the caller has left. */
  readonly gone: Promise<void>;
}

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
const WEBSOCKET_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'channel.k8s.io', 'base64.channel.k8s.io', ''];
const SPDY_PROTOCOLS = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'];

/**
 * Joins a process to a caller over WebSocket or SPDY. A process that could not be started is told over the error channel, for the connection is made by then.
 *
 * models apiserver/pkg/util/proxy: StreamTranslatorHandler, kubelet/pkg/cri/streaming/remotecommand and client-go's v1 to v5 protocols
 */
export async function serveRemoteCommand(upgrade: Upgrade, wanted: WantedStreams, session: ProcessSession | StatusError): Promise<void> {
  const caller = isWebSocket(upgrade.request) ? await overWebSocket(upgrade, wanted) : await overSpdy(upgrade, wanted);
  if (session instanceof StatusError) return caller?.finish({ refused: session });
  if (!caller) return session.detach();
  void caller.gone.then(() => session.detach());
  if (caller.stdin) void feed(caller.stdin, session);
  if (caller.resize) void followSize(caller.resize, session);
  await Promise.all([copyOut(session.stdout, caller.stdout), ...(session.stderr ? [copyOut(session.stderr, caller.stderr)] : [])]);
  await caller.finish(await session.exit);
}

async function feed(stdin: BytePipe, session: ProcessSession): Promise<void> {
  for await (const chunk of stdin) {
    if (!session.stdin?.write(chunk)) return;
    await session.stdin.drained?.();
  }
  session.stdin?.end();
}

/** Sizes come one JSON document after the other, not always one a chunk. */
async function followSize(source: ByteSource, session: ProcessSession): Promise<void> {
  let text = '';
  for await (const chunk of source) {
    text += Buffer.from(chunk).toString('utf8');
    for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}')) {
      const size = parseSize(text.slice(0, end + 1));
      text = text.slice(end + 1);
      if (size) session.resize(size);
    }
  }
}

function parseSize(text: string): { columns: number; rows: number } | undefined {
  try {
    const { Width, Height } = JSON.parse(text) as { Width?: number; Height?: number };
    return Width && Height ? { columns: Width, rows: Height } : undefined;
  } catch {
    return undefined;
  }
}

async function overWebSocket(upgrade: Upgrade, wanted: WantedStreams): Promise<Caller> {
  const protocol = chooseProtocol(upgrade.request, WEBSOCKET_PROTOCOLS);
  const socket = await acceptWebSocket(upgrade, protocol);
  const channels = new Channels(socket, { base64: protocol.includes('base64'), inputs: [CHANNEL.stdin, CHANNEL.resize] });
  await channels.write(CHANNEL.stdout, new Uint8Array());
  return {
    ...(wanted.stdin ? { stdin: channels.input(CHANNEL.stdin) } : {}),
    resize: channels.input(CHANNEL.resize),
    stdout: (chunk) => channels.write(CHANNEL.stdout, chunk),
    stderr: (chunk) => channels.write(CHANNEL.stderr, chunk),
    gone: channels.gone,
    async finish(outcome) {
      // What the kubelet refused passes through the API server, which refuses with it.
      const said = statusText(protocol, 'refused' in outcome ? { refused: newInternalError(outcome.refused.message) } : outcome, wanted.command);
      if (said) await channels.write(CHANNEL.error, Buffer.from(said));
      channels.close();
    },
  };
}

/** Undefined: the caller left before it had opened its streams. */
async function overSpdy(upgrade: Upgrade, wanted: WantedStreams): Promise<Caller | undefined> {
  const offered = [upgrade.request.headers['x-stream-protocol-version'] ?? []].flat().flatMap((value) => value.split(',')).map((item) => item.trim());
  const protocol = offered.length === 0 ? 'channel.k8s.io' : SPDY_PROTOCOLS.find((candidate) => offered.includes(candidate));
  if (!protocol) throw newBadRequest(`unable to upgrade: unable to negotiate protocol: client supports ${JSON.stringify(offered)}, server accepts ${JSON.stringify(SPDY_PROTOCOLS)}`);
  const hasResize = wanted.tty && !['channel.k8s.io', 'v2.channel.k8s.io'].includes(protocol);
  const names = ['error', ...(wanted.stdin ? ['stdin'] : []), ...(wanted.stdout ? ['stdout'] : []), ...(wanted.stderr && !wanted.tty ? ['stderr'] : []), ...(hasResize ? ['resize'] : [])];
  switchToSpdy(upgrade, protocol);
  const streams = new Map<string, SpdyStream>();
  const gone = new Promise<void>((resolve) => upgrade.socket.once('close', () => resolve()));
  const complete = new Promise<void>((resolve) => {
    const session = new SpdySession(upgrade.socket, (stream) => {
      streams.set(stream.headers['streamtype'] ?? '', stream);
      if (names.every((name) => streams.has(name))) resolve();
    });
    void session.run().then(resolve);
  });
  await complete;
  if (!names.every((name) => streams.has(name))) return undefined;
  return {
    ...(wanted.stdin ? { stdin: streams.get('stdin')!.input } : {}),
    ...(hasResize ? { resize: streams.get('resize')!.input } : {}),
    stdout: async (chunk) => (await streams.get('stdout')?.write(chunk)) ?? true,
    stderr: async (chunk) => (await streams.get('stderr')?.write(chunk)) ?? true,
    gone,
    async finish(outcome) {
      const said = statusText(protocol, outcome, wanted.command);
      if (said) await streams.get('error')!.write(Buffer.from(said));
      for (const stream of streams.values()) await stream.end();
      upgrade.socket.end();
    },
  };
}

/** The answer after which the connection speaks SPDY. */
export function switchToSpdy({ socket, head }: Upgrade, protocol: string): void {
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
}

/** What the error channel carries; before version 4 only failures, in words. */
function statusText(protocol: string, outcome: Outcome, command: readonly string[]): string {
  const hasStatus = protocol.startsWith('v4') || protocol.startsWith('v5');
  if ('refused' in outcome) return hasStatus ? JSON.stringify({ metadata: {}, ...withoutKind(outcome.refused.status) }) : outcome.refused.message;
  const { exitCode } = outcome;
  if (exitCode === 0) return hasStatus ? JSON.stringify({ metadata: {}, status: 'Success' }) : '';
  const reason = protocol.startsWith('v5') ? `command terminated with exit code ${exitCode}` : `error executing command [${command.join(' ')}], exit code ${exitCode}`;
  if (!hasStatus) return reason;
  return JSON.stringify({
    metadata: {}, status: 'Failure', message: `command terminated with non-zero exit code: ${reason}`, reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  });
}

function withoutKind(status: object): object {
  return Object.fromEntries(Object.entries(status).filter(([name]) => !['kind', 'apiVersion', 'metadata'].includes(name)));
}
