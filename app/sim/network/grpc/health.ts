import type { Connection } from '../../machinery/streams.ts';
import { FLAG, frame, FRAME, FrameReader, PREFACE, type Frame } from './frames.ts';
import { decodeHeaders, encodeHeaders } from './header-block.ts';

/** models google.golang.org/grpc/codes */
export const CODES = { OK: 0, UNKNOWN: 2, NOT_FOUND: 5, UNIMPLEMENTED: 12, UNAVAILABLE: 14 } as const;
/** models grpc.health.v1.HealthCheckResponse.ServingStatus */
export const SERVING_STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;
export type ServingStatus = (typeof SERVING_STATUS)[number];

/** A call that did not come to an answer. */
export class RpcError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const METHOD = '/grpc.health.v1.Health/Check';
const COMPRESSION_ERROR = 9;
const PROMISE = { ':status': '200', 'content-type': 'application/grpc' };
const encoder = new TextEncoder();

/** Answers health checks on one connection until the peer is done. `check` throws {@link RpcError}. models google.golang.org/grpc: Server, health/grpc_health_v1 */
export async function serveHealth(connection: Connection, check: (service: string) => ServingStatus): Promise<void> {
  const reader = new FrameReader(connection.input);
  const say = (...frames: readonly Uint8Array[]): void => frames.forEach((bytes) => connection.output.write(bytes));
  say(frame(FRAME.SETTINGS, 0, 0));
  const opening = await reader.take(PREFACE.length);
  if (!opening || opening.some((byte, index) => byte !== PREFACE[index])) return connection.close();
  const paths = new Map<number, string>();
  for (let got = await reader.next(); got; got = await reader.next()) {
    const { type, flags, stream, payload } = got;
    if (type === FRAME.SETTINGS && (flags & FLAG.ACK) === 0) say(frame(FRAME.SETTINGS, FLAG.ACK, 0));
    else if (type === FRAME.PING && (flags & FLAG.ACK) === 0) say(frame(FRAME.PING, FLAG.ACK, 0, payload));
    else if (type === FRAME.HEADERS) {
      const fields = decodeHeaders(payload);
      if (!fields) {
        say(frame(FRAME.GOAWAY, 0, 0, new Uint8Array([0, 0, 0, 0, 0, 0, 0, COMPRESSION_ERROR])));
        break;
      }
      paths.set(stream, fields[':path'] ?? '');
    } else if (type === FRAME.DATA && paths.has(stream)) {
      say(...answer(stream, paths.get(stream)!, payload, check));
      paths.delete(stream);
    }
  }
  connection.close();
}

function answer(stream: number, path: string, payload: Uint8Array, check: (service: string) => ServingStatus): Uint8Array[] {
  const trailers = (fields: Readonly<Record<string, string>>): Uint8Array => frame(FRAME.HEADERS, FLAG.END_STREAM | FLAG.END_HEADERS, stream, encodeHeaders(fields));
  try {
    if (path !== METHOD) throw new RpcError(CODES.UNIMPLEMENTED, `unknown service ${path.split('/')[1] ?? ''}`);
    const status = SERVING_STATUS.indexOf(check(serviceOf(payload)));
    return [frame(FRAME.HEADERS, FLAG.END_HEADERS, stream, encodeHeaders(PROMISE)), frame(FRAME.DATA, 0, stream, message(new Uint8Array([0x08, status]))), trailers({ 'grpc-status': '0', 'grpc-message': '' })];
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return [trailers({ ...PROMISE, 'grpc-status': String(error.code), 'grpc-message': encodeURI(error.message) })];
  }
}

/** A connection whose other end has said that it speaks HTTP/2. Undefined when it does not. */
export async function openGrpc(connection: Connection): Promise<FrameReader | undefined> {
  const reader = new FrameReader(connection.input);
  connection.output.write(PREFACE);
  connection.output.write(frame(FRAME.SETTINGS, 0, 0));
  const first = await reader.next();
  return first?.type === FRAME.SETTINGS && first.stream === 0 ? reader : undefined;
}

/** Asks how a service is. Throws {@link RpcError}. */
export async function checkHealth(connection: Connection, reader: FrameReader, { service, authority, agent }: { service: string; authority: string; agent: string }): Promise<ServingStatus> {
  const name = encoder.encode(service);
  const fields = { ':method': 'POST', ':scheme': 'http', ':path': METHOD, ':authority': authority, 'content-type': 'application/grpc', 'user-agent': agent, te: 'trailers' };
  connection.output.write(frame(FRAME.HEADERS, FLAG.END_HEADERS, 1, encodeHeaders(fields)));
  connection.output.write(frame(FRAME.DATA, FLAG.END_STREAM, 1, message(name.length > 0 ? new Uint8Array([0x0a, ...varint(name.length), ...name]) : name)));
  let status: ServingStatus = 'UNKNOWN';
  for (let got = await reader.next(); got; got = await reader.next()) {
    if (got.stream !== 1) continue;
    if (got.type === FRAME.DATA) status = SERVING_STATUS[got.payload[5] === 0x08 ? got.payload[6]! : 0] ?? 'UNKNOWN';
    const code = got.type === FRAME.HEADERS ? outcome(got) : undefined;
    if (code?.code === CODES.OK) return status;
    if (code) throw code;
  }
  throw new RpcError(CODES.UNAVAILABLE, 'error reading from server: EOF');
}

/** What the trailers of a call say; undefined while there are none. */
function outcome({ payload }: Frame): RpcError | undefined {
  const fields = decodeHeaders(payload) ?? {};
  return fields['grpc-status'] === undefined ? undefined : new RpcError(Number(fields['grpc-status']), decodeURI(fields['grpc-message'] ?? ''));
}

/** Not compressed, so long, and what it is. */
function message(bytes: Uint8Array): Uint8Array {
  return new Uint8Array([0, bytes.length >>> 24, (bytes.length >>> 16) & 255, (bytes.length >>> 8) & 255, bytes.length & 255, ...bytes]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** models HealthCheckRequest: string service = 1 */
function serviceOf(payload: Uint8Array): string {
  if (payload[5] !== 0x0a) return '';
  let at = 6;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = payload[at++] ?? 0;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80 || shift > 21) break;
  }
  return new TextDecoder().decode(payload.subarray(at, at + length));
}
