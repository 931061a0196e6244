import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clone, deepFreeze } from '../objects.ts';
import type { FieldSchema, Schemas, TypeSchema } from '../schema.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const type = (name: string, fields: Record<string, FieldSchema>): TypeSchema => ({ name, fields, required: [] });
const types = [
  type('Pod', {
    metadata: { type: 'ref', ref: 'Meta' },
    containers: { type: 'array', items: { type: 'ref', ref: 'Container' }, patchStrategy: 'merge', patchMergeKey: 'name' },
    args: { type: 'array', items: { type: 'string' } },
    strategy: { type: 'ref', ref: 'Strategy', patchStrategy: 'retainKeys' },
    selector: { type: 'map', items: { type: 'string' } },
  }),
  type('Meta', { finalizers: { type: 'array', items: { type: 'string' }, patchStrategy: 'merge' }, labels: { type: 'map', items: { type: 'string' } } }),
  type('Container', {
    name: { type: 'string' },
    ports: { type: 'array', items: { type: 'ref', ref: 'Port' }, patchStrategy: 'merge', patchMergeKey: 'containerPort' },
  }),
  type('Port', {}),
  type('Strategy', {}),
];
const schemas: Schemas = { get: (name) => types.find((candidate) => candidate.name === name), names: types.map((candidate) => candidate.name) };
const strategic = (document: unknown, patch: unknown): unknown => applyStrategicMergePatch(deepFreeze(document), deepFreeze(patch), schemas, 'Pod');
const c = (name: string, more: object = {}): object => ({ name, ...more });

describe('strategic merge patch', () => {
  it.each<[string, unknown, unknown, unknown]>([
    ['merges containers by name', { containers: [c('a', { image: '1' }), c('b')] }, { containers: [c('a', { image: '2' })] }, { containers: [c('a', { image: '2' }), c('b')] }],
    ['puts a new one first, as the real server does', { containers: [c('a')] }, { containers: [c('z')] }, { containers: [c('z'), c('a')] }],
    ['deletes by directive', { containers: [c('a'), c('b')] }, { containers: [{ name: 'a', $patch: 'delete' }] }, { containers: [c('b')] }],
    ['replaces the list by directive', { containers: [c('a'), c('b')] }, { containers: [c('x'), { $patch: 'replace' }] }, { containers: [c('x')] }],
    ['orders by $setElementOrder', { containers: [c('a'), c('b'), c('c')] }, { '$setElementOrder/containers': [c('c'), c('a')], containers: [c('a', { x: 1 })] }, { containers: [c('b'), c('c'), c('a', { x: 1 })] }],
    ['orders only', { containers: [c('a'), c('b')] }, { '$setElementOrder/containers': [c('b'), c('a')] }, { containers: [c('b'), c('a')] }],
    ['replaces lists without strategy', { args: ['a', 'b'] }, { args: ['c'] }, { args: ['c'] }],
    ['unites primitive lists', { metadata: { finalizers: ['a', 'b'] } }, { metadata: { finalizers: ['b', 'c'] } }, { metadata: { finalizers: ['a', 'b', 'c'] } }],
    ['deletes from primitive lists', { metadata: { finalizers: ['a', 'b'] } }, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } }, { metadata: { finalizers: ['b'] } }],
    ['null removes', { metadata: { labels: { a: '1', b: '2' } } }, { metadata: { labels: { a: null } } }, { metadata: { labels: { b: '2' } } }],
    ['null in new content vanishes', {}, { metadata: { labels: { a: null, b: '1' } } }, { metadata: { labels: { b: '1' } } }],
    ['$retainKeys drops the rest', { strategy: { type: 'R', rollingUpdate: {} } }, { strategy: { $retainKeys: ['type'], type: 'Recreate' } }, { strategy: { type: 'Recreate' } }],
    ['$patch: replace on a map', { selector: { a: '1' } }, { selector: { $patch: 'replace', b: '2' } }, { selector: { b: '2' } }],
    ['$patch: delete on a map', { metadata: { labels: { a: '1' } } }, { metadata: { $patch: 'delete' } }, { metadata: {} }],
    ['merges nested lists', { containers: [c('a', { ports: [{ containerPort: 1 }] })] }, { containers: [c('a', { ports: [{ containerPort: 2 }, { containerPort: 1, name: 'x' }] })] }, { containers: [c('a', { ports: [{ containerPort: 2 }, { containerPort: 1, name: 'x' }] })] }],
  ])('%s', (_, document, patch, expected) => expect(strategic(document, patch)).toEqual(expected));

  it.each<[unknown, string, number]>([
    [{ containers: [{ image: 'x' }] }, 'map: map[image:x] does not contain declared merge key: name', 500],
    [{ metadata: { $patch: 'nope' } }, 'unknown patch type: nope in map: map[$patch:nope]', 500],
    [{ strategy: { $retainKeys: ['type'], type: 'Recreate', x: 1 } }, 'invalid patch format of retainKeys', 400],
    [{ '$setElementOrder/containers': [{ name: 'zzz' }], containers: [{ name: 'app', image: 'q' }] }, "The order in patch list:\n[map[image:q name:app]]\n doesn't match $setElementOrder list:\n[map[name:zzz]]\n", 500],
  ])('refuses %j', (patch, message, code) => {
    const document = { containers: [c('app')], metadata: {}, strategy: { rollingUpdate: {} } };
    expect(() => strategic(document, patch)).toThrow(expect.objectContaining({ message, code }));
  });
});

describe('JSON patch', () => {
  const document = { a: { 'x/y': 1 }, list: [1, 2, 3] };
  it.each<[string, object, unknown]>([
    ['adds', { op: 'add', path: '/b', value: 1 }, { ...document, b: 1 }],
    ['inserts', { op: 'add', path: '/list/1', value: 9 }, { ...document, list: [1, 9, 2, 3] }],
    ['appends', { op: 'add', path: '/list/-', value: 9 }, { ...document, list: [1, 2, 3, 9] }],
    ['unescapes', { op: 'replace', path: '/a/x~1y', value: 2 }, { ...document, a: { 'x/y': 2 } }],
    ['replaces what is missing', { op: 'replace', path: '/a/z', value: 2 }, { ...document, a: { 'x/y': 1, z: 2 } }],
    ['removes', { op: 'remove', path: '/list/0' }, { ...document, list: [2, 3] }],
    ['moves', { op: 'move', from: '/a', path: '/c' }, { list: [1, 2, 3], c: { 'x/y': 1 } }],
    ['copies', { op: 'copy', from: '/list', path: '/c' }, { ...document, c: [1, 2, 3] }],
    ['tests', { op: 'test', path: '/list/2', value: 3 }, document],
    ['tests what is missing as null', { op: 'test', path: '/none', value: null }, document],
  ])('%s', (_, operation, expected) => expect(applyJsonPatch(deepFreeze(clone(document)), [operation as never])).toEqual(expected));

  it.each([
    { op: 'nope', path: '/a' }, { op: 'remove', path: '/z' }, { op: 'add', path: '/z/x', value: 1 }, { op: 'test', path: '/a', value: 1 },
    { op: 'replace', path: '/list/7', value: 1 }, { op: 'add', path: '/list/x', value: 1 }, { op: 'remove', path: '' }, { op: 'add' },
  ])('refuses %j', (operation) =>
    expect(() => applyJsonPatch(document, [operation as never])).toThrow('the server rejected our request due to an error in our request'));

  it('never touches the prototype', () => {
    applyJsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]);
    applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('merge patch', () => {
  it('is idempotent and leaves its inputs alone (property)', () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.integer(), fc.string(), fc.constant(null), tie('object')),
      object: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
    })).object;
    fc.assert(
      fc.property(json, json, (document, patch) => {
        const once = applyMergePatch(deepFreeze(clone(document)), deepFreeze(clone(patch)));
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});
