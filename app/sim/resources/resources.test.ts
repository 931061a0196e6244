// Replays what a real API server made of each kind (../shared/kubernetes/defaults, where that folder is at hand).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseTime } from '../../base/clock/index.ts';
import { decodeObject } from '../machinery/decode.ts';
import { clone } from '../machinery/objects.ts';
import { resourceDefinitions } from './index.ts';
import { schemas } from './schemas/index.ts';
import { cellsOf } from './shared/columns.ts';

type Json = Record<string, any>;
const folder = fileURLToPath(new URL('../../../../shared/kubernetes/defaults/', import.meta.url));
const files = existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('_')) : [];

/** What admission and the registry add, which definitions know nothing of. */
const ADMITTED = ['volumes', 'tolerations', 'serviceAccount', 'serviceAccountName', 'priority', 'preemptionPolicy', 'taints', 'clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'];

/** The user of the recordings. */
const ADMIN = {
  name: 'admin',
  groups: ['system:masters', 'system:authenticated'],
  extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=d4541d166217e0e60d45b612f578f5e9bf799c364084e639c129659198d99168'] },
};

function strip(object: Json): Json {
  const { metadata, ...rest } = clone(object);
  for (const field of ADMITTED) delete rest['spec']?.[field];
  for (const container of [...(rest['spec']?.containers ?? []), ...(rest['spec']?.initContainers ?? [])]) delete container.volumeMounts;
  for (const port of rest['spec']?.ports ?? []) delete port.nodePort;
  delete rest['spec']?.healthCheckNodePort;
  delete rest['status']?.lastPhaseTransitionTime;
  return { ...rest, labels: metadata.labels, generation: metadata.generation };
}

const createdBy = (recorded: Json): Json => (recorded['created']?.object ?? recorded['dryRun']?.object ?? recorded['dryRun']) as Json;

/** @param uid generated selectors carry it */
function create(input: Json, uid: string): { definition: (typeof resourceDefinitions)[number]; object: Json } | undefined {
  const definition = resourceDefinitions.find(({ group, version, kind }) => kind === input['kind'] && (group ? `${group}/${version}` : version) === input['apiVersion']);
  if (!definition || definition.storageVersion || definition.transient) return undefined;
  const first = decodeObject(input, definition.schema, schemas).object as Json;
  definition.applyDefaults?.(first);
  first['metadata'].uid = uid;
  definition.prepareForCreate?.(first, { user: ADMIN, now: 0, dryRun: false, subresource: undefined });
  return { definition, object: decodeObject(first, definition.schema, schemas).object };
}

describe.skipIf(files.length === 0)('kinds as a real server creates them', () => {
  const cases = files.flatMap((name) => {
    const recorded = JSON.parse(readFileSync(folder + name, 'utf8')) as Json;
    const made = recorded['input']?.kind ? create(recorded['input'], createdBy(recorded).metadata?.uid) : undefined;
    return made ? [{ name, recorded, ...made }] : [];
  });

  it.each(cases)('$name', ({ recorded, definition, object }) => {
    const real = createdBy(recorded);
    expect(strip(object)).toEqual(strip(real));
    // Recorded requests for certificates are blackened.
    if (definition.kind !== 'CertificateSigningRequest') expect(definition.validate(object)).toEqual([]);
  });

  // The availability of an APIService was known before its table was read.
  it.each(cases.filter(({ recorded, definition }) => Array.isArray(recorded['table']) && definition.kind !== 'APIService'))('$name: columns', ({ recorded, definition }) => {
    const real = createdBy(recorded);
    if (definition.kind === 'Pod') return expect(definition.columns[1]!.value(real, { now: 0 })).toBe(recorded['table'][1]);
    const now = parseTime(real['metadata'].creationTimestamp);
    const cells = cellsOf(definition, real, { now });
    // Times and generated uids are of the recording.
    const steady = (cell: unknown): unknown => (typeof cell === 'string' ? cell.replace(/^20\d\d-.*/, 'time').replace(/controller-uid=.*/, 'uid') : cell);
    expect(cells.map(steady)).toEqual((recorded['table'] as unknown[]).map(steady));
  });
});

describe('the list', () => {
  it('has each kind once, with a schema and columns of its own', () => {
    const names = resourceDefinitions.map(({ group, version, plural }) => `${group}/${version}/${plural}`);
    expect(new Set(names).size).toBe(names.length);
    for (const definition of resourceDefinitions) {
      expect(schemas.get(definition.schema), definition.schema).toBeDefined();
      if (!definition.transient) expect(definition.columns[0]!.name).toMatch(/^(Name|Last Seen)$/);
      // A cell too many has no description in columns.json.
      for (const column of definition.columns) expect(() => column.name, definition.kind).not.toThrow();
    }
  });
});
