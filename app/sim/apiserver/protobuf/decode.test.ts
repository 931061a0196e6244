import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodeObject } from '../../machinery/decode.ts';
import { schemas } from '../../resources/schemas/index.ts';
import { decodeProtobuf } from './decode.ts';

interface Recorded {
  readonly cmd: string;
  readonly base64?: string;
  readonly object: Record<string, unknown>;
}
const file = fileURLToPath(new URL('../../../../../shared/kubernetes/protobuf-bodies.json', import.meta.url));
const bodies = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Recorded[]).filter((body) => body.base64) : [];
const NAMESPACE = 'azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhoKEgoCYzESABoAIgAqADIAOABCABIAGgIKABoAIgA=';

describe('protobuf bodies', () => {
  it('reads what kubectl create namespace sends', () => {
    const object = decodeProtobuf(Buffer.from(NAMESPACE, 'base64'), schemas);
    expect(decodeObject(object, 'io.k8s.api.core.v1.Namespace', schemas).object).toEqual({ kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'c1' }, spec: {}, status: {} });
  });

  it('refuses what is none', () => {
    expect(() => decodeProtobuf(Buffer.from('{}'), schemas)).toThrow('expected prefix [107 56 115 0]');
    expect(() => decodeProtobuf(Buffer.from(NAMESPACE, 'base64').subarray(0, 30), schemas)).toThrow('unexpected EOF');
  });

  it.skipIf(bodies.length === 0).each(bodies)('$cmd', ({ base64, object }) => {
    const same = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, item: unknown) => (item === null || item === '' || item === 0 || item === false || (typeof item === 'object' && item && Object.keys(item).length === 0) ? undefined : item)) ?? 'null');
    expect(same(decodeProtobuf(Buffer.from(base64!, 'base64'), schemas))).toEqual(same(object));
  });
});
