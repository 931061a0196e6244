// What Orrery is made of: which packages ended up in the bundles, their licences, and the bill of materials (CycloneDX).
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';

/** Writes the packages that these modules belong to, sorted, as `node_modules/…` folders. */
export function writeParts(file, modules) {
  const folders = new Set(modules.flatMap((name) => {
    const at = name.lastIndexOf('node_modules/');
    const [scope = '', rest = ''] = at < 0 ? [] : name.slice(at + 'node_modules/'.length).replace(/[?#].*/, '').split('/');
    if (scope === '') return [];
    const folder = path.join(name.slice(0, at), 'node_modules', scope.startsWith('@') ? `${scope}/${rest}` : scope);
    return [path.relative(root, path.resolve(root, folder.replace(/^\0.*?(?=\/|node_modules)/, '')))];
  }));
  writeFileSync(file, `${JSON.stringify([...folders].filter((folder) => existsSync(path.join(root, folder, 'package.json'))).sort(), null, 1)}\n`);
}

/** Every part that ships: packages, and the programs beside them. */
export function listParts({ electronVersion, tools }) {
  const packages = JSON.parse(readFileSync(path.join(root, 'out/parts.json'), 'utf8')).map((folder) => {
    const { name, version, license, licenses, description } = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
    const text = licenceText(path.join(root, folder));
    return { name, version, licence: licenceOf(license, licenses, text), description, text, purl: `pkg:npm/${name.replace('@', '%40')}@${version}` };
  });
  const programs = [
    { name: 'electron', version: electronVersion, licence: 'MIT', text: 'See LICENSE.electron.txt and LICENSES.chromium.html beside this file.', purl: `pkg:npm/electron@${electronVersion}` },
    ...tools.map(({ name, version, sha256 }) => ({ name, version, sha256, licence: 'Apache-2.0', text: 'The Apache License 2.0, as in LICENSE.orrery.txt.', purl: `pkg:generic/${name}@${version}` })),
  ];
  return [...packages, ...programs].sort((a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en'));
}

/** Old packages name a list; some carry the text only. */
export function licenceOf(license, licenses, text) {
  if (typeof license === 'string') return license;
  return license?.type ?? (licenses?.map(({ type }) => type).join(' OR ') || undefined) ?? (/^MIT License\b/m.test(text) ? 'MIT' : undefined);
}

function licenceText(folder) {
  const files = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)).sort();
  return files.map((name) => readFileSync(path.join(folder, name), 'utf8').trim()).join('\n\n');
}

/** One text with all licences. @throws when a part does not say under which licence it may be handed on */
export function licences(parts) {
  const unknown = parts.filter(({ licence }) => !licence);
  if (unknown.length > 0) throw new Error(`These parts name no licence: ${unknown.map(({ name }) => name).join(', ')}`);
  const line = '-'.repeat(80);
  return parts.map(({ name, version, licence, text }) => `${line}\n${name} ${version}: ${licence}\n${line}\n\n${text || '(The package carries no text of its licence.)'}\n`).join('\n');
}

/** A CycloneDX document. Nothing in it depends on when or where it was made. */
export async function billOfMaterials(parts, { name, version }) {
  const CDX = await import('@cyclonedx/cyclonedx-library');
  const { Enums, Models, Serialize, Spec } = CDX;
  const factory = new CDX.Contrib.License.Factories.LicenseFactory();
  const bom = new Models.Bom();
  bom.metadata.component = new Models.Component(Enums.ComponentType.Application, name, { version, bomRef: name });
  for (const part of parts) {
    const component = new Models.Component(part.text && part.sha256 ? Enums.ComponentType.Application : Enums.ComponentType.Library, part.name, { version: part.version, purl: part.purl, bomRef: `${part.name}@${part.version}`, description: part.description });
    component.licenses.add(factory.makeFromString(part.licence));
    if (part.sha256) component.hashes.set(Enums.HashAlgorithm['SHA-256'], part.sha256);
    bom.components.add(component);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return serializer.serialize(bom, { sortLists: true, space: 1 });
}
