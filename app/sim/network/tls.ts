/**
 * TLS as far as the simulated network has it: records of a handshake by which both sides know that they speak it, and
 * nothing secret after it. A server without TLS answers a hello with an HTTP 400, as real ones do.
 */
const encoder = new TextEncoder();

/** What a client sends first. */
export const CLIENT_HELLO = encoder.encode('\u0016\u0003\u0001\n');
/** What a server that speaks TLS answers. */
export const SERVER_HELLO = encoder.encode('\u0016\u0003\u0003\n');

export const isHandshake = (bytes: Uint8Array | undefined): boolean => bytes?.[0] === 0x16;
