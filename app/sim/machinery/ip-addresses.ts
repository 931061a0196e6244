import { isIP } from 'node:net';

/** True for the text of an IPv4 or IPv6 address. */
export function isIPAddress(text: string): boolean {
  return isIP(text) !== 0;
}

export interface IPNetwork {
  readonly family: 4 | 6;
  /** The address as it was written, and as a number. */
  readonly address: bigint;
  readonly bits: number;
}

/** `10.0.0.0/8` as numbers; undefined when it is none. */
export function parseNetwork(text: string): IPNetwork | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  const family = isIP(address);
  if (rest.length > 0 || family === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  return { family: family as 4 | 6, address: addressNumber(address), bits: Number(bits) };
}

/** The first address of the network. */
export function networkBase({ family, address, bits }: IPNetwork): bigint {
  const width = BigInt(family === 4 ? 32 : 128);
  const host = width - BigInt(bits);
  return (address >> host) << host;
}

/** `inner` lies in `outer`. */
export function containsNetwork(outer: IPNetwork, inner: IPNetwork): boolean {
  return outer.family === inner.family && inner.bits >= outer.bits && networkBase({ ...inner, bits: outer.bits }) === networkBase(outer);
}

export function addressNumber(text: string): bigint {
  if (isIP(text) === 4) return text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = '', tail] = text.replace(/%.*$/, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => `${(Number(a) * 256 + Number(b)).toString(16)}:${(Number(c) * 256 + Number(d)).toString(16)}`).split('::');
  const parts = (half: string): string[] => (half === '' ? [] : half.split(':'));
  const filled = tail === undefined ? parts(head) : [...parts(head), ...Array<string>(8 - parts(head).length - parts(tail).length).fill('0'), ...parts(tail)];
  return filled.reduce((sum, part) => sum * 65_536n + BigInt(`0x${part}`), 0n);
}
