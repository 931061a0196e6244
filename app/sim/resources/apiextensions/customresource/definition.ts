import { decodeObject } from '../../../machinery/decode.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { JsonPath } from '../../../machinery/json-path.ts';
import { clone, deepEqual } from '../../../machinery/objects.ts';
import { compareVersions } from '../../../machinery/versions.ts';
import type { CustomResource, ResourceDefinition, Subresources } from '../../definition.ts';
import { isConditionTrue, type CustomResourceDefinition, type ScalePaths, type Version } from '../customresourcedefinition/types.ts';
import { applySchemaDefaults } from '../schema/defaulting.ts';
import type { Json, JsonSchema } from '../schema/json-schema.ts';
import { openApiOf } from '../schema/openapi.ts';
import { prune } from '../schema/prune.ts';
import { CustomTypes } from '../schema/types.ts';
import { columnsOfCustomResource } from './columns.ts';
import { validateCustomResource } from './validation.ts';

/** Changes objects from one version into another by asking a webhook. Given by the API server. */
export type Converter = (crd: CustomResourceDefinition, object: Readonly<Json>, apiVersion: string) => Promise<Json>;

/**
 * The resources that a CustomResourceDefinition makes: one for each served version, all in one place of the store.
 *
 * models apiextensions-apiserver/pkg/apiserver: crdHandler.getOrCreateServingInfoFor
 */
export function definitionsOf(crd: CustomResourceDefinition, convert: Converter): ResourceDefinition[] {
  const storage = crd.spec.versions.find((version) => version.storage);
  if (!storage) return [];
  return crd.spec.versions.filter((version) => version.served).map((version) => new VersionBuilder(crd, version, storage, convert).build());
}

const ANYTHING: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

class VersionBuilder {
  readonly #crd: CustomResourceDefinition;
  readonly #version: Version;
  readonly #storage: Version;
  readonly #convert: Converter;
  readonly #schema: JsonSchema;
  readonly #typeName: string;

  constructor(crd: CustomResourceDefinition, version: Version, storage: Version, convert: Converter) {
    this.#crd = crd;
    this.#version = version;
    this.#storage = storage;
    this.#convert = convert;
    this.#schema = schemaOf(crd, version);
    this.#typeName = `${crd.spec.group.split('.').reverse().join('.')}.${version.name}.${crd.spec.names.kind}`;
  }

  build(): ResourceDefinition {
    const { spec, status } = this.#crd;
    const names = status?.acceptedNames ?? spec.names;
    const version = this.#version;
    return {
      group: spec.group,
      version: version.name,
      kind: names.kind,
      listKind: names.listKind ?? `${names.kind}List`,
      plural: names.plural,
      singular: names.singular ?? names.kind.toLowerCase(),
      scope: spec.scope,
      ...(names.shortNames ? { shortNames: names.shortNames } : {}),
      ...(names.categories ? { categories: names.categories } : {}),
      schema: this.#typeName,
      storage: `${spec.group}/${names.plural}`,
      custom: this.#custom(),
      ...(version.deprecated ? { deprecation: version.deprecationWarning ?? this.#deprecation() } : {}),
      allowUnconditionalUpdate: false,
      deleteReturns: 'status',
      ...this.#strategy(),
      columns: columnsOfCustomResource(version.additionalPrinterColumns),
      selectableFields: Object.fromEntries((version.selectableFields ?? []).map(({ jsonPath }) => [jsonPath.slice(1), selector(jsonPath)])),
      subresources: this.#subresources(),
    };
  }

  /** models customresource: customResourceStrategy and statusStrategy */
  #strategy(): Pick<ResourceDefinition<Json>, 'prepareForCreate' | 'prepareForUpdate' | 'validate' | 'warnings'> {
    const hasStatus = this.#version.subresources?.status !== undefined;
    const scale = this.#version.subresources?.scale;
    return {
      prepareForCreate: (object) => {
        if (hasStatus) delete object['status'];
        object['metadata'].generation = 1;
      },
      prepareForUpdate: (next, previous) => {
        if (hasStatus && previous['status'] !== undefined) next['status'] = previous['status'];
        else if (hasStatus) delete next['status'];
        const { metadata: _, ...content } = next;
        const { metadata: __, ...before } = previous;
        if (!deepEqual(content, before)) next['metadata'].generation = (previous['metadata'].generation ?? 0) + 1;
      },
      validate: (object, previous) => validateCustomResource(object, previous, this.#schema, scale),
      warnings: finalizerWarnings,
    };
  }

  #subresources(): Subresources<any> {
    const { status, scale } = this.#version.subresources ?? {};
    const validate = (next: Json, previous: Readonly<Json>): FieldError[] => validateCustomResource(next, previous, this.#schema, scale);
    return {
      ...(status ? { status: { prepareForUpdate: (next: Json, previous: Readonly<Json>) => keepMetadata(next, previous), validate } } : {}),
      ...(scale ? { scale: scaleOf(scale) } : {}),
    };
  }

  #custom(): CustomResource {
    const { spec } = this.#crd;
    const apiVersion = `${spec.group}/${this.#version.name}`;
    const storedVersion = `${spec.group}/${this.#storage.name}`;
    const isWebhook = spec.conversion?.strategy === 'Webhook';
    const to = (object: Readonly<Json>, wanted: string): Json | Promise<Json> => {
      if (object['apiVersion'] === wanted) return { ...object };
      return isWebhook ? this.#convert(this.#crd, object, wanted) : { ...object, apiVersion: wanted };
    };
    return {
      schemas: new CustomTypes(this.#typeName, this.#schema),
      terminating: isConditionTrue(this.#crd, 'Terminating'),
      ...(isWebhook ? { conversion: spec.conversion } : {}),
      decode: (sent) => this.#decode(sent),
      fromStored: (object) => {
        const converted = to(object, apiVersion);
        return converted instanceof Promise ? converted.then((result) => this.#read(result, object)) : this.#read(converted, object);
      },
      toStored: (object) => {
        const converted = to(object, storedVersion);
        return converted instanceof Promise ? converted.then((result) => this.#prunedToStorage(result)) : this.#prunedToStorage(converted);
      },
      openapi: () => openApiOf(this.#crd, this.#version, this.#typeName, this.#schema),
    };
  }

  /** What a client sent. models apiserver: schemaCoercingDecoder and unstructuredDefaulter */
  #decode(sent: Readonly<Json>): { object: Json; unknownFields: string[] } {
    const object = clone(sent) as Json;
    const unknownFields: string[] = [];
    if (object['metadata'] !== undefined) {
      const metadata = decodeObject(object['metadata'] ?? {}, 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', this.#types);
      unknownFields.push(...metadata.unknownFields.map((field) => `metadata.${field}`));
      object['metadata'] = metadata.object;
    }
    if (!this.#keepsUnknown) unknownFields.push(...prune(object, this.#schema, true));
    applySchemaDefaults(object, withoutMeta(this.#schema));
    return { object, unknownFields };
  }

  /** The stored object as this version shows it; the very same one when nothing differs. */
  #read(converted: Json, stored: Readonly<Json>): Readonly<Json> {
    const object = clone(converted);
    if (!this.#keepsUnknown) prune(object, this.#schema, true);
    applySchemaDefaults(object, withoutMeta(this.#schema));
    return deepEqual(object, stored) ? stored : object;
  }

  #prunedToStorage(object: Json): Json {
    if (this.#version === this.#storage || this.#keepsUnknown) return object;
    const copy = clone(object);
    const schema = schemaOf(this.#crd, this.#storage);
    prune(copy, schema, true);
    applySchemaDefaults(copy, withoutMeta(schema));
    return copy;
  }

  get #types(): CustomTypes {
    return new CustomTypes(this.#typeName, {});
  }

  get #keepsUnknown(): boolean {
    return this.#crd.spec.preserveUnknownFields === true;
  }

  /** models apiextensions: the warning names the newest served version that is not deprecated. */
  #deprecation(): string {
    const { group, names, versions } = this.#crd.spec;
    const [better] = versions.filter((version) => version.served && !version.deprecated && compareVersions(version.name, this.#version.name) < 0).map((version) => version.name).sort(compareVersions);
    return `${group}/${this.#version.name} ${names.kind} is deprecated${better ? `; use ${group}/${better} ${names.kind}` : ''}`;
  }
}

function schemaOf(crd: CustomResourceDefinition, version: Version): JsonSchema {
  return crd.spec.preserveUnknownFields ? ANYTHING : (version.schema?.openAPIV3Schema ?? ANYTHING);
}

/** Defaults are for the content; metadata has its own type. */
function withoutMeta(schema: JsonSchema): JsonSchema {
  if (!schema.properties?.['metadata']) return schema;
  const { metadata: _, ...properties } = schema.properties;
  return { ...schema, properties };
}

const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** models customresource: generateWarningsFromObj */
function finalizerWarnings(object: Readonly<Json>, previous?: Readonly<Json>): string[] {
  const before: readonly string[] = previous?.['metadata'].finalizers ?? [];
  const added = ((object['metadata'].finalizers ?? []) as string[]).filter((name) => !before.includes(name) && !name.includes('/') && !STANDARD_FINALIZERS.has(name));
  return added.sort().map((name) => `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers`);
}

/** A write to /status changes nothing else. */
function keepMetadata(next: Json, previous: Readonly<Json>): void {
  const { managedFields } = next['metadata'] as { managedFields?: unknown };
  const { managedFields: _, ...metadata } = previous['metadata'] as Json;
  next['metadata'] = { ...metadata, ...(managedFields === undefined ? {} : { managedFields }) };
}

function scaleOf({ specReplicasPath, statusReplicasPath, labelSelectorPath }: ScalePaths): NonNullable<Subresources<any>['scale']> {
  const labels = labelSelectorPath ? new JsonPath(labelSelectorPath) : undefined;
  return {
    specReplicasPath: specReplicasPath.slice(1),
    statusReplicasPath: statusReplicasPath.slice(1),
    selector: (object) => {
      const found = labels?.find(object)[0];
      return typeof found === 'string' ? found : '';
    },
  };
}

function selector(jsonPath: string): (object: unknown) => string {
  const path = new JsonPath(jsonPath);
  return (object) => {
    const [found] = path.find(object);
    return found === undefined || found === null ? '' : String(found);
  };
}
