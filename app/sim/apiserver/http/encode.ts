import { stringify } from 'yaml';
import type { StatusError } from '../../machinery/status.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { listMetadata, shownObject, type Answer, type ListAnswer } from '../handlers/answer.ts';
import type { Json } from '../registry/registry.ts';
import type { StoredObject } from '../registry/stored-object.ts';
import { encodeProtobuf } from '../protobuf/encode.ts';
import { partialMetadata, tableOf, type IncludeObject } from '../tables/table.ts';
import { scaleTable } from '../tables/scale-table.ts';
import type { CacheEvent } from '../watch-cache/watcher.ts';
import type { Form } from './content-negotiation.ts';
import { encodeProtobufAnswer, encodeWatchFrame, watchFrame } from './encode-protobuf.ts';

export interface EncodeOptions {
  readonly form: Form;
  readonly includeObject: IncludeObject;
  readonly now: number;
}

const NEWLINE = Buffer.from('\n');

/** The body of an answer that is no stream, ending in a newline as Go's encoder leaves it. */
export function encodeAnswer(answer: Exclude<Answer, { type: 'watch' | 'text' | 'stream' | 'connect' }>, options: EncodeOptions): Buffer {
  if (options.form.format === 'protobuf') return encodeProtobufAnswer(answer, options.form.as);
  if (options.form.format === 'yaml') return Buffer.from(stringify(plain(answer, options), { lineWidth: 0 }));
  if (answer.type === 'list' && options.form.as === undefined && !answer.definition.storageVersion) return encodeList(answer);
  if (answer.type === 'stored' && options.form.as === undefined && !answer.definition.storageVersion) return Buffer.concat([answer.value.encode(), NEWLINE]);
  return Buffer.from(`${inVersion(plain(answer, options), options.form)}\n`);
}

/** JSON, with tables and metadata in the version that was asked for. */
function inVersion(value: Json, form: Form): string {
  const text = JSON.stringify(value);
  return form.isBeta ? text.replaceAll('"apiVersion":"meta.k8s.io/v1"', '"apiVersion":"meta.k8s.io/v1beta1"') : text;
}

/** The answer as one JSON value. */
function plain(answer: Exclude<Answer, { type: 'watch' | 'text' | 'stream' | 'connect' }>, { form, includeObject, now }: EncodeOptions): Json {
  if (answer.type === 'object') return form.as === 'Table' && answer.object['kind'] === 'Scale' ? scaleTable(answer.object, now) : answer.object;
  if (answer.type === 'stored') {
    if (form.as === 'Table') return tableOf(answer.definition, [answer.value], { resourceVersion: answer.value.object.metadata.resourceVersion }, includeObject, now);
    return form.as ? partialMetadata(answer.value) : shownObject(answer.value, answer.definition);
  }
  const metadata = listMetadata(answer);
  if (form.as === 'Table') return tableOf(answer.definition, answer.values, metadata, includeObject, now);
  if (form.as) return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: answer.values.map(partialMetadata) };
  return listObject(answer, answer.values.map((value) => shownObject(value, answer.definition)));
}

/** A list as in-process callers get it: items are the stored objects themselves. */
export function listObject(answer: ListAnswer, items: readonly Json[]): Json {
  if (answer.definition.custom) return { apiVersion: apiVersionOf(answer.definition), items, kind: listKindOf(answer.definition), metadata: customListMetadata(answer) };
  return { kind: listKindOf(answer.definition), apiVersion: apiVersionOf(answer.definition), metadata: listMetadata(answer), items };
}

function listKindOf({ kind, listKind }: ResourceDefinition): string {
  return listKind ?? `${kind}List`;
}

/** Go writes the list of custom resources as a map: sorted, with an empty `continue`. */
function customListMetadata(answer: ListAnswer): Json {
  const { resourceVersion, continueToken, remaining } = answer;
  return { continue: continueToken ?? '', ...(remaining === undefined ? {} : { remainingItemCount: remaining }), resourceVersion };
}

function apiVersionOf({ group, version }: ResourceDefinition): string {
  return group ? `${group}/${version}` : version;
}

/** Joins the cached bytes of the items. */
function encodeList(answer: ListAnswer): Buffer {
  const { definition, values } = answer;
  const apiVersion = JSON.stringify(apiVersionOf(definition));
  const kind = JSON.stringify(listKindOf(definition));
  const head = definition.custom ? `{"apiVersion":${apiVersion},"items":[` : `{"kind":${kind},"apiVersion":${apiVersion},"metadata":${JSON.stringify(listMetadata(answer))},"items":[`;
  const parts: Buffer[] = [Buffer.from(head)];
  for (const [index, value] of values.entries()) {
    if (index > 0) parts.push(COMMA);
    parts.push(value.encodeItem());
  }
  parts.push(Buffer.from(definition.custom ? `],"kind":${kind},"metadata":${JSON.stringify(customListMetadata(answer))}}\n` : ']}\n'));
  return Buffer.concat(parts);
}

const COMMA = Buffer.from(',');

/** Writes watch events, one JSON document a line. Tables carry their columns in the first two events only. */
export class WatchEncoder {
  readonly #definition: ResourceDefinition;
  readonly #form: Form;
  readonly #include: IncludeObject;
  readonly #now: () => number;
  #count = 0;

  constructor(definition: ResourceDefinition, form: Form, includeObject: IncludeObject, now: () => number) {
    this.#definition = definition;
    this.#form = form;
    this.#include = includeObject;
    this.#now = now;
  }

  encode(event: CacheEvent): Buffer {
    this.#count++;
    if (this.#form.format === 'protobuf') return encodeWatchFrame(event, this.#definition, this.#form.as);
    const head = Buffer.from(`{"type":"${event.type}","object":`);
    return Buffer.concat([head, this.#object(event.type, event.value), TAIL]);
  }

  /** The last event of a watch that cannot go on: whatever form was asked for, a Status. */
  encodeError(error: StatusError): Buffer {
    if (this.#form.format === 'protobuf') return watchFrame('ERROR', encodeProtobuf(error.status));
    return Buffer.concat([Buffer.from('{"type":"ERROR","object":'), Buffer.from(JSON.stringify(error.status)), TAIL]);
  }

  #object(type: CacheEvent['type'], value: StoredObject): Buffer {
    if (this.#form.as === 'Table') return Buffer.from(inVersion(this.#table(type, value), this.#form));
    if (this.#form.as) return Buffer.from(inVersion(partialMetadata(value), this.#form));
    return this.#definition.storageVersion && type !== 'BOOKMARK' ? Buffer.from(JSON.stringify(shownObject(value, this.#definition))) : value.encode();
  }

  #table(type: CacheEvent['type'], value: StoredObject): Json {
    const metadata = { resourceVersion: value.object.metadata.resourceVersion };
    const withColumns = this.#count <= 2;
    if (type !== 'BOOKMARK') return tableOf(this.#definition, [value], metadata, this.#include, this.#now(), withColumns);
    const empty = tableOf(this.#definition, [], metadata, this.#include, this.#now(), withColumns);
    return { ...empty, rows: [{ cells: this.#definition.columns.map(() => ({})), object: partialMetadata(value) }] };
  }
}

const TAIL = Buffer.from('}\n');
