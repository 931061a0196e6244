import { constants, createInflate, type Inflate } from 'node:zlib';
import { DICTIONARY } from './dictionary.ts';

/** Headers of one stream, names in lower case. */
export type Headers = Readonly<Record<string, string>>;

/** Reads header blocks of one connection: a single zlib stream with SPDY's dictionary, flushed after each block. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({ dictionary: DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH });
  #inflated: Buffer[] = [];

  constructor() {
    this.#inflate.on('data', (chunk: Buffer) => this.#inflated.push(chunk));
  }

  async read(block: Buffer): Promise<Headers> {
    await new Promise<void>((resolve, reject) => {
      this.#inflate.once('error', reject);
      this.#inflate.write(block);
      this.#inflate.flush(constants.Z_SYNC_FLUSH, () => {
        this.#inflate.removeListener('error', reject);
        resolve();
      });
    });
    const plain = Buffer.concat(this.#inflated);
    this.#inflated = [];
    return parse(plain);
  }

  close(): void {
    this.#inflate.close();
  }
}

function parse(plain: Buffer): Headers {
  const headers: Record<string, string> = {};
  let at = 4;
  const text = (): string => {
    const length = plain.readUInt32BE(at);
    at += 4 + length;
    return plain.toString('utf8', at - length, at);
  };
  for (let left = plain.readUInt32BE(0); left > 0; left--) {
    const name = text().toLowerCase();
    headers[name] = text().split('\0')[0]!;
  }
  return headers;
}

/** An empty stored block: Go's reader hands out what it has when it sees one. */
const FLUSH = Buffer.from([0, 0, 0, 0xff, 0xff]);

/** Writes header blocks: what a server says is short, so it is stored, not deflated; a reader cannot tell. */
export class HeaderWriter {
  #isFirst = true;

  write(headers: Headers): Buffer {
    const entries = Object.entries(headers);
    const plain = Buffer.concat([uint32(entries.length), ...entries.flatMap(([name, value]) => [uint32(Buffer.byteLength(name)), Buffer.from(name), uint32(Buffer.byteLength(value)), Buffer.from(value)])]);
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(plain.length, 1);
    stored.writeUInt16LE(~plain.length & 0xffff, 3);
    const start = this.#isFirst ? Buffer.concat([Buffer.from([0x78, 0xbb]), uint32(adler32(DICTIONARY))]) : Buffer.alloc(0);
    this.#isFirst = false;
    return Buffer.concat([start, stored, plain, FLUSH]);
  }
}

/** models RFC 1950: the checksum that names a preset dictionary */
function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return ((high << 16) | low) >>> 0;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
