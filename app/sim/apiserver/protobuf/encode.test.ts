import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { schemas } from '../../resources/schemas/index.ts';
import { decodeProtobuf } from './decode.ts';
import { encodeProtobuf } from './encode.ts';
import { messageName } from './messages.ts';

type Json = Record<string, any>;
const folder = fileURLToPath(new URL('../../../../../shared/kubernetes/defaults/', import.meta.url));
const objects = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((name) => name.endsWith('.json') && !name.startsWith('_'))
  .flatMap((name) => {
    const recorded = JSON.parse(readFileSync(folder + name, 'utf8')) as Json;
    const object = (recorded['created']?.object ?? recorded['dryRun']?.object) as Json | undefined;
    // Claims in a StatefulSet have a kind in JSON, and none on this wire.
    for (const claim of object?.['spec']?.volumeClaimTemplates ?? []) for (const field of ['kind', 'apiVersion']) delete claim[field];
    return object && messageName(object['apiVersion'], object['kind']) ? [{ name, object }] : [];
  });

/** What differs between an absent and an empty field says nothing on this wire. */
function same(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => same(item) ?? null);
  if (typeof value !== 'object' || value === null) return value === '' || value === 0 || value === false || value === null ? undefined : value;
  const kept = Object.entries(value).flatMap(([key, item]) => {
    const pruned = same(item);
    return pruned === undefined || (Array.isArray(pruned) && pruned.length === 0) ? [] : [[key, pruned] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

describe('protobuf answers', () => {
  it('carry a Pod there and back', () => {
    const pod = {
      kind: 'Pod', apiVersion: 'v1',
      metadata: { name: 'web', creationTimestamp: '2026-01-01T00:00:00Z', labels: { a: 'b' }, managedFields: [{ manager: 'm', fieldsV1: { 'f:spec': {} } }] },
      spec: { containers: [{ name: 'c', resources: { limits: { cpu: '100m' } }, livenessProbe: { httpGet: { port: 'http' } }, ports: [{ containerPort: 80 }] }], volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Gi' } }] },
    };
    expect(same(decodeProtobuf(encodeProtobuf(pod), schemas))).toEqual(same(pod));
  });

  it.skipIf(objects.length === 0).each(objects)('$name there and back', ({ object }) => {
    expect(same(decodeProtobuf(encodeProtobuf(object), schemas))).toEqual(same(object));
  });
});
