#!/usr/bin/env node
// Writes app/sim/resources/schemas/generated/{structure,descriptions}.json: the Kubernetes types as data, read from the
// models of @kubernetes/client-node plus the project's own table (app/sim/resources/schemas/types.json: field order,
// always-written fields, list types, merge keys, quantities) and the texts that the models lack
// (texts.json: fields that refer to other types, lists). The shape is `TypeSchema` of app/sim/machinery/schema.ts;
// descriptions stand apart, because only `kubectl explain` and OpenAPI read them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const models = path.join(root, 'node_modules/@kubernetes/client-node/dist/gen/models');
const schemas = path.join(root, 'app/sim/resources/schemas');
const table = JSON.parse(readFileSync(path.join(schemas, 'types.json'), 'utf8'));
const published = JSON.parse(readFileSync(path.join(schemas, 'texts.json'), 'utf8'));
const typeOfModel = new Map(Object.entries(table).map(([name, entry]) => [entry.model, name]));

const structure = {};
const descriptions = {};
for (const [name, entry] of Object.entries(table)) {
  const script = readFileSync(path.join(models, `${entry.model}.js`), 'utf8');
  const declaration = readFileSync(path.join(models, `${entry.model}.d.ts`), 'utf8');
  const { about, fields: texts, required } = readDeclaration(declaration, entry.model);
  const fields = {};
  for (const [, property, wireName, type, format] of script.matchAll(/"name": "(\w+)",\s*"baseName": "([^"]+)",\s*"type": "([^"]+)",\s*"format": "([^"]*)"/g)) {
    fields[wireName] = { ...fieldSchema(type, format, entry.kinds?.[wireName]), ...entry.merge?.[wireName], ...(entry.always?.includes(wireName) ? { always: true } : {}), ...(entry.pointers?.includes(wireName) ? { pointer: true } : {}), ...(entry.defaults && wireName in entry.defaults ? { default: entry.defaults[wireName] } : {}) };
    const text = published[name]?.texts?.[wireName] ?? paragraphs(texts[property] ?? '');
    if (text) (descriptions[name] ??= { about: '', fields: {} }).fields[wireName] = text;
  }
  const aboutType = published[name]?.about ?? paragraphs(about);
  if (aboutType) (descriptions[name] ??= { about: '', fields: {} }).about = aboutType;
  // Objects start with kind and apiVersion; where they are fields like others, the table places them.
  const order = [...['kind', 'apiVersion'].filter((field) => field in fields && !entry.order?.includes(field)), ...(entry.order ?? [])];
  const ordered = Object.fromEntries([...order, ...Object.keys(fields)].filter((field, index, all) => field in fields && all.indexOf(field) === index).map((field) => [field, fields[field]]));
  structure[name] = {
    name,
    fields: ordered,
    required,
    ...(entry.mapType ? { mapType: entry.mapType } : {}),
    ...(entry.preserveUnknown ? { preserveUnknown: true } : {}),
  };
}
// Quantities, times and the like are no structs, but have a text.
for (const [name, { about }] of Object.entries(published)) if (about && !descriptions[name]) descriptions[name] = { about, fields: {} };
mkdirSync(path.join(schemas, 'generated'), { recursive: true });
writeFileSync(path.join(schemas, 'generated/structure.json'), JSON.stringify(structure));
writeFileSync(path.join(schemas, 'generated/descriptions.json'), JSON.stringify(descriptions));
console.log(`${Object.keys(structure).length} OpenAPI schemas`);

/** A client-node type (`Array<V1Container>`, `{ [key: string]: string; }`) as a FieldSchema. */
function fieldSchema(type, format, kind) {
  const array = /^Array<(.*)>$/.exec(type);
  if (array) return { type: 'array', items: fieldSchema(array[1], format, kind) };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
  if (map) return { type: 'map', items: fieldSchema(map[1], format, kind) };
  if (kind) return { type: kind, ...(kind === 'bytes' ? { format: 'byte' } : kind === 'time' || kind === 'micro-time' ? { format: 'date-time' } : {}) };
  const ref = typeOfModel.get(type);
  if (ref) return { type: 'ref', ref };
  switch (type) {
    case 'string':
      return { type: 'string', ...(format ? { format } : {}) };
    case 'number':
      return format === 'double' || format === 'float' ? { type: 'number', format } : { type: 'integer', format: format || 'int32' };
    case 'boolean':
      return { type: 'boolean' };
    case 'Date':
      return { type: 'time', format: 'date-time' };
    case 'IntOrString':
      return { type: 'int-or-string' };
    default:
      return { type: 'any' };
  }
}

/** The models put paragraphs in one line, two spaces apart. */
function paragraphs(text) {
  return text.replace(/ {2,}/g, '\n\n');
}

/** Descriptions and required fields of a model's declaration. */
function readDeclaration(source, model) {
  const clean = (comment) => comment.replace(/^\s*\/\*\*/, '').replace(/\*\/\s*$/, '').replace(/^\s*\*? ?/gm, '').replace(/\\(['"`])/g, '$1').trim();
  const about = new RegExp(`(/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/)\\s*export declare class ${model} `).exec(source)?.[1] ?? '';
  const fields = {};
  const required = [];
  for (const [, comment, property, optional] of source.matchAll(/((?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/)?)\s*'(\w+)'(\??): /g)) {
    if (comment) fields[property] = clean(comment);
    if (!optional) required.push(property);
  }
  return { about: clean(about), fields, required };
}
