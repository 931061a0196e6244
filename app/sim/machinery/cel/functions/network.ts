import { isIP } from 'node:net';
import { CelError, Opaque } from '../values.ts';
import type { CelFunction } from './index.ts';

/** `url('https://example.com/a')`: absolute URLs and absolute paths. */
class CelUrl extends Opaque {
  readonly type = 'kubernetes.URL';
  readonly #url: URL;
  readonly #isPath: boolean;

  constructor(url: URL, isPath: boolean) {
    super();
    this.#url = url;
    this.#isPath = isPath;
  }

  equals(other: unknown): boolean {
    return other instanceof CelUrl && other.#url.href === this.#url.href;
  }

  member(name: string): unknown {
    const own = (value: string): string => (this.#isPath ? '' : value);
    switch (name) {
      case 'getScheme':
        return own(this.#url.protocol.slice(0, -1));
      case 'getHost':
        return own(this.#url.host);
      case 'getHostname':
        return own(this.#url.hostname.replace(/^\[|\]$/g, ''));
      case 'getPort':
        return own(this.#url.port);
      case 'getEscapedPath':
        return this.#url.pathname;
      case 'getQuery':
        return new Map([...new Set(this.#url.searchParams.keys())].map((key) => [key, this.#url.searchParams.getAll(key)]));
      default:
        throw new CelError('no such overload');
    }
  }
}

function readUrl(text: string): CelUrl | undefined {
  if (text.startsWith('/')) return URL.canParse(text, 'path://x') ? new CelUrl(new URL(text, 'http://x'), true) : undefined;
  return /^[a-z][a-z0-9+.-]*:\/\/[^\s]+$/i.test(text) && URL.canParse(text) ? new CelUrl(new URL(text), false) : undefined;
}

/** The bits of an address: 32 or 128 of them. */
function bitsOf(text: string): { readonly value: bigint; readonly family: 4 | 6 } | undefined {
  const family = isIP(text);
  if (family === 4) return { family, value: text.split('.').reduce((total, part) => (total << 8n) | BigInt(part), 0n) };
  if (family !== 6 || text.includes('%')) return undefined;
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const plain = embedded ? `${embedded[1]}${hexPair(bitsOf(embedded[2]!)!.value)}` : text;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return { family: 6, value: groups.reduce((total, group) => (total << 16n) | BigInt(`0x${group}`), 0n) };
}

const hexPair = (value: bigint): string => `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;

function addressText(value: bigint, family: 4 | 6): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16));
  const zeros = [...groups.join(':').matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].sort((a, b) => b[0].length - a[0].length)[0];
  if (!zeros) return groups.join(':');
  const text = groups.join(':');
  return `${text.slice(0, zeros.index)}::${text.slice(zeros.index + zeros[0].length).replace(/^:/, '')}`;
}

class CelIp extends Opaque {
  readonly type = 'net.IP';
  readonly value: bigint;
  readonly family: 4 | 6;

  constructor(value: bigint, family: 4 | 6) {
    super();
    this.value = value;
    this.family = family;
  }

  override toString(): string {
    return addressText(this.value, this.family);
  }

  equals(other: unknown): boolean {
    return other instanceof CelIp && other.value === this.value && other.family === this.family;
  }

  member(name: string): unknown {
    const v4 = this.family === 4;
    const top = (bits: bigint): bigint => this.value >> (BigInt(v4 ? 32 : 128) - bits);
    const isMulticast = v4 ? top(4n) === 0xen : top(8n) === 0xffn;
    const isLinkLocal = v4 ? top(16n) === 0xa9fen : top(10n) === 0x3fan;
    const isLoopback = v4 ? top(8n) === 127n : this.value === 1n;
    switch (name) {
      case 'family':
        return BigInt(this.family);
      case 'isUnspecified':
        return this.value === 0n;
      case 'isLoopback':
        return isLoopback;
      case 'isLinkLocalMulticast':
        return v4 ? top(24n) === 0xe00000n : top(16n) === 0xff02n;
      case 'isLinkLocalUnicast':
        return isLinkLocal;
      case 'isGlobalUnicast':
        return this.value !== 0n && !isLoopback && !isMulticast && !isLinkLocal && !(v4 && this.value === 0xffffffffn);
      default:
        throw new CelError('no such overload');
    }
  }
}

class CelCidr extends Opaque {
  readonly type = 'net.CIDR';
  readonly address: CelIp;
  readonly length: number;

  constructor(address: CelIp, length: number) {
    super();
    this.address = address;
    this.length = length;
  }

  override toString(): string {
    return `${String(this.address)}/${this.length}`;
  }

  equals(other: unknown): boolean {
    return other instanceof CelCidr && other.length === this.length && other.address.equals(this.address);
  }

  get #shift(): bigint {
    return BigInt((this.address.family === 4 ? 32 : 128) - this.length);
  }

  #holds(ip: CelIp): boolean {
    return ip.family === this.address.family && ip.value >> this.#shift === this.address.value >> this.#shift;
  }

  member(name: string, [argument]: readonly unknown[]): unknown {
    switch (name) {
      case 'containsIP':
        return this.#holds(argument instanceof CelIp ? argument : readIp(argument as string));
      case 'containsCIDR': {
        const other = argument instanceof CelCidr ? argument : readCidr(argument as string);
        return other.length >= this.length && this.#holds(other.address);
      }
      case 'ip':
        return this.address;
      case 'masked':
        return new CelCidr(new CelIp((this.address.value >> this.#shift) << this.#shift, this.address.family), this.length);
      case 'prefixLength':
        return BigInt(this.length);
      default:
        throw new CelError('no such overload');
    }
  }
}

function readIp(text: string): CelIp {
  const bits = bitsOf(text);
  if (!bits) throw new CelError(`IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`);
  return new CelIp(bits.value, bits.family);
}

function readCidr(text: string): CelCidr {
  const [address = '', length = ''] = text.split('/');
  const bits = bitsOf(address);
  if (!bits || !/^\d+$/.test(length) || Number(length) > (bits.family === 4 ? 32 : 128)) throw new CelError(`network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`);
  return new CelCidr(new CelIp(bits.value, bits.family), Number(length));
}

const succeeds = (read: (text: string) => unknown): CelFunction => (text: string) => {
  try {
    return read(text) !== undefined;
  } catch {
    return false;
  }
};

export const NETWORK_FUNCTIONS: Readonly<Record<string, CelFunction>> = {
  url: (text: string) => {
    const found = readUrl(text);
    if (!found) throw new CelError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`);
    return found;
  },
  isURL: succeeds(readUrl),
  ip: readIp,
  isIP: succeeds(readIp),
  'ip.isCanonical': (text: string) => String(readIp(text)) === text,
  cidr: readCidr,
  isCIDR: succeeds(readCidr),
};
