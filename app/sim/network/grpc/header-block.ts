const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Header fields on the wire: literals that nobody has to remember, without Huffman codes. models RFC 7541: 6.2.2 */
export function encodeHeaders(fields: Readonly<Record<string, string>>): Uint8Array {
  return new Uint8Array(Object.entries(fields).flatMap(([name, value]) => [0, ...text(name), ...text(value)]));
}

/** Undefined: the peer uses tables or Huffman codes, which this end does not keep. */
export function decodeHeaders(block: Uint8Array): Record<string, string> | undefined {
  const fields: Record<string, string> = {};
  let at = 0;
  const next = (): string | undefined => {
    const first = block[at++];
    if (first === undefined || first >= 0x80) return undefined;
    let length = first;
    for (let shift = 0; first === 0x7f; shift += 7) {
      const byte = block[at++];
      if (byte === undefined || shift > 14) return undefined;
      length += (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (at + length > block.length) return undefined;
    at += length;
    return decoder.decode(block.subarray(at - length, at));
  };
  while (at < block.length) {
    if (block[at++] !== 0) return undefined;
    const [name, value] = [next(), next()];
    if (name === undefined || value === undefined) return undefined;
    fields[name] = value;
  }
  return fields;
}

function text(value: string): number[] {
  const bytes = encoder.encode(value);
  if (bytes.length < 0x7f) return [bytes.length, ...bytes];
  const length = [0x7f];
  let rest = bytes.length - 0x7f;
  for (; rest >= 0x80; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return [...length, rest, ...bytes];
}
