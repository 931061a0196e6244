import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { billOfMaterials, licenceOf, licences, writeParts } from './parts.mjs';

it('finds the packages behind the modules of a bundle', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'orrery-parts-'));
  try {
    const file = path.join(folder, 'parts.json');
    writeParts(file, ['app/main/main.ts', 'node_modules/zod/index.js', 'node_modules/zod/v4/core.js', 'node_modules/@peculiar/x509/build/x509.es.js?import', '\0virtual', 'node_modules/no-such-package/x.js']);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(['node_modules/@peculiar/x509', 'node_modules/zod']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const PARTS = [{ name: 'a', version: '1.0.0', licence: 'MIT', text: 'the text', purl: 'pkg:npm/a@1.0.0' }, { name: 'kubectl', version: 'v1.35.2', licence: 'Apache-2.0', text: 'apache', sha256: 'ab'.repeat(32), purl: 'pkg:generic/kubectl@v1.35.2' }];

it.each([
  ['MIT', undefined, '', 'MIT'], [{ type: 'ISC' }, undefined, '', 'ISC'], [undefined, [{ type: 'MIT' }, { type: 'GPL-2.0-only' }], '', 'MIT OR GPL-2.0-only'], [undefined, undefined, 'MIT License\n\nCopyright', 'MIT'], [undefined, [], 'All rights reserved', undefined],
])('reads the licence %j %j', (license, list, text, licence) => expect(licenceOf(license, list, text)).toBe(licence));

it('refuses a part without a licence', () => {
  expect(licences(PARTS)).toContain('a 1.0.0: MIT');
  expect(() => licences([{ name: 'b', version: '1.0.0', licence: undefined }])).toThrow('name no licence: b');
});

it('writes the same bill of materials each time', async () => {
  const [one, two] = await Promise.all([billOfMaterials(PARTS, { name: 'orrery', version: '0.1.0' }), billOfMaterials([...PARTS].reverse(), { name: 'orrery', version: '0.1.0' })]);
  expect(one).toBe(two);
  expect(JSON.parse(one)).toMatchObject({ bomFormat: 'CycloneDX', components: [{ name: 'a', licenses: [{ license: { id: 'MIT' } }] }, { name: 'kubectl', hashes: [{ alg: 'SHA-256' }] }] });
});
