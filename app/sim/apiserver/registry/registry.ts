import { rfc3339, type Clock, type Ids } from '../../../base/clock/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { Store } from '../../etcd/store.ts';
import { newAlreadyExists, newConflict, newForbidden, newInvalid, newModifiedConflict, newNotFound, newUnknownError } from '../../machinery/errors.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { recordUpdate, type FieldSet } from '../../machinery/managed-fields/index.ts';
import { clone, deepEqual } from '../../machinery/objects.ts';
import { normalObject } from '../../machinery/decode.ts';
import type { Schemas } from '../../machinery/schema.ts';
import { StatusError } from '../../machinery/status.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { AdmissionChain } from '../admission/chain.ts';
import type { RequestContext } from '../interfaces.ts';
import { REGISTRY, type WatchCache } from '../watch-cache/watch-cache.ts';
import { checkPreconditions, isFinishedDeletion, markDeleted, type DeleteOptions } from './deletion.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts';
import { resetFieldsOf } from './reset-fields.ts';
import { StoredObject, withResourceVersion } from './stored-object.ts';

export type Json = Record<string, any>;

/** What all registries share. */
export interface RegistryServices {
  readonly store: Store;
  readonly cache: WatchCache;
  readonly schemas: Schemas;
  readonly admission: AdmissionChain;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Gives Services their addresses and ports; called inside create and update. */
  readonly allocate: (definition: ResourceDefinition, next: Json, previous: Json | undefined, context: RequestContext) => void;
  /** Refuses writes that the authorizer cannot judge by the path alone: rights that are given away. */
  readonly guard: (definition: ResourceDefinition, next: Json, previous: Json | undefined, context: RequestContext) => void;
}

/** How an update came about. */
export interface UpdateOptions {
  /** '' for the object itself, else the subresource that is written. */
  readonly subresource: string;
  readonly fieldManager: string;
  /** Makes the next state of the previous one. Called again when somebody else was faster. */
  transform(previous: Json): Json;
  /** managedFields that server-side apply worked out; otherwise the writer takes what changed. */
  managedFields?(next: Json): unknown;
  /** The transform can be repeated on a newer state (patches), rather than refused with a conflict. */
  readonly retry: boolean;
  /** A PUT: the uid that it carries is a precondition. */
  readonly replaces?: boolean;
}

/** models maxNameGenerationCreateAttempts */
const MAX_NAME_ATTEMPTS = 8;
const MAX_RETRIES = 5;
const CREATE_NOT_ALLOWED = 'resourceVersion should not be set on objects to be created';

/**
 * The one generic store of the API server: everything that is the same for all kinds. What differs comes from the
 * definition.
 *
 * models apiserver/pkg/registry/generic/registry: Store
 */
export class Registry {
  readonly definition: ResourceDefinition;
  readonly #services: RegistryServices;

  constructor(definition: ResourceDefinition, services: RegistryServices) {
    this.definition = definition;
    this.#services = definition.custom ? { ...services, schemas: definition.custom.schemas } : services;
  }

  get apiVersion(): string {
    return this.definition.group ? `${this.definition.group}/${this.definition.version}` : this.definition.version;
  }

  now(): number {
    return this.#services.clock.now();
  }

  /** How objects lie in the store: in the form of another version for some (Events). */
  get #stored(): { apiVersion: string; schema: string } {
    const { storageVersion } = this.definition;
    if (!storageVersion) return { apiVersion: this.apiVersion, schema: this.definition.schema };
    return { apiVersion: storageVersion.group ? `${storageVersion.group}/${storageVersion.version}` : storageVersion.version, schema: storageVersion.schema };
  }

  keyOf(namespace: string | undefined, name: string): string {
    return `${REGISTRY}${this.definition.storage}/${namespace ? `${namespace}/` : ''}${name}`;
  }

  find(namespace: string | undefined, name: string): StoredObject | undefined {
    return this.#services.cache.of(this.definition.storage).get(namespace ? `${namespace}/${name}` : name);
  }

  get(namespace: string | undefined, name: string): StoredObject {
    const found = this.find(namespace, name);
    if (!found) throw newNotFound(this.#resource, name);
    return found;
  }

  /** @param body decoded and defaulted; kept by the registry, so pass a copy of your own. */
  async create(body: Json, context: RequestContext, fieldManager: string, managedFields?: unknown): Promise<StoredObject> {
    const { clock, ids, schemas } = this.#services;
    let meta = (body['metadata'] ??= {});
    if (this.definition.custom?.terminating) throw newForbidden(this.#resource, meta.name ?? '', 'create not allowed while custom resource definition is terminating');
    if (meta.resourceVersion) throw newUnknownError(CREATE_NOT_ALLOWED);
    if (this.definition.scope === 'Namespaced') meta.namespace = context.info.namespace;
    else if (this.definition.custom) delete meta.namespace;
    if (!meta.name && meta.generateName) meta.name = this.#freeName(meta.namespace, meta.generateName.slice(0, 58));
    body['kind'] = this.definition.kind;
    body['apiVersion'] = this.#stored.apiVersion;
    const owners = managedFields ?? recordUpdate({
      before: undefined, after: body, typeName: this.#stored.schema, schemas, manager: fieldManager, apiVersion: this.apiVersion,
      subresource: '', now: clock.now(), reset: this.#resetFields(''),
    });
    await this.#services.admission.admit('CREATE', this.definition, body, undefined, context);
    meta = body['metadata']; // admission may have put another in its place
    this.#services.guard(this.definition, body, undefined, context);
    for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink']) delete meta[field];
    meta.uid = ids.uuid();
    meta.creationTimestamp = rfc3339(clock.now());
    if (owners) meta.managedFields = owners;
    else delete meta.managedFields;
    this.definition.prepareForCreate?.(body, this.#requestInfo(context));
    this.#refuse(body, [...validateObjectMeta(meta, this.definition), ...this.definition.validate(body)]);
    for (const warning of this.definition.warnings?.(body) ?? []) context.warn(warning);
    await this.#services.admission.validate('CREATE', this.definition, body, undefined, context);
    this.#services.allocate(this.definition, body, undefined, context);
    const next = this.definition.custom ? await this.definition.custom.toStored(body) : this.#normal(body);
    if (context.dryRun) {
      if (this.find(meta.namespace, meta.name)) throw this.#exists(meta.namespace, meta.name);
      return this.#storedObject(next, undefined);
    }
    return this.#put(next, 0, context.cause) ?? this.#throw(this.#exists(meta.namespace, meta.name));
  }

  /** A name that nobody has, found in eight attempts or given up as a conflict. models the RetryGenerateName of pkg/registry/generic/registry/store */
  #freeName(namespace: string | undefined, prefix: string): string {
    for (let attempt = 1; ; attempt++) {
      const name = prefix + this.#services.ids.suffix();
      if (attempt === MAX_NAME_ATTEMPTS || !this.find(namespace, name)) return name;
    }
  }

  async update(namespace: string | undefined, name: string, options: UpdateOptions, context: RequestContext): Promise<StoredObject> {
    for (let attempt = 0; ; attempt++) {
      const previous = this.get(namespace, name);
      const before = this.definition.custom ? ((await this.definition.custom.fromStored(previous.object as never)) as Json) : (previous.object as Json);
      const next = options.transform(clone(before));
      const written = await this.#write(previous, before, next, options, context);
      if (written) return written;
      if (!options.retry || attempt >= MAX_RETRIES) throw newModifiedConflict(this.#resource, name);
    }
  }

  /** Undefined: somebody else wrote in between. */
  async #write(previous: StoredObject, before: Json, next: Json, options: UpdateOptions, context: RequestContext): Promise<StoredObject | undefined> {
    const { clock, schemas } = this.#services;
    const meta = (next['metadata'] ??= {});
    const sentVersion = meta.resourceVersion as string | undefined;
    if (sentVersion && !/^\d+$/.test(sentVersion)) throw newUnknownError(`strconv.ParseUint: parsing ${JSON.stringify(sentVersion)}: invalid syntax`);
    if (sentVersion && sentVersion !== '0' && sentVersion !== before['metadata'].resourceVersion) {
      throw newModifiedConflict(this.#resource, before['metadata'].name);
    }
    if (!sentVersion && this.definition.allowUnconditionalUpdate === false && (options.subresource === '' || (this.definition.custom && options.subresource === 'status')) && !options.retry) {
      throw newInvalid({ group: this.definition.group, kind: this.definition.plural }, before['metadata'].name, [{ type: 'Invalid', field: 'metadata.resourceVersion', value: 0, detail: 'must be specified for an update' }]);
    }
    if (meta.uid && meta.uid !== before['metadata'].uid && options.replaces) throw this.#uidConflict(before, meta.uid);
    meta.uid ??= before['metadata'].uid;
    meta.creationTimestamp = before['metadata'].creationTimestamp;
    for (const field of ['generation', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'generateName'] as const) {
      if (before['metadata'][field] === undefined) delete meta[field];
      else meta[field] = before['metadata'][field];
    }
    next['kind'] = before['kind'];
    next['apiVersion'] = before['apiVersion'];
    meta.resourceVersion = before['metadata'].resourceVersion;
    const owners = options.managedFields
      ? options.managedFields(next)
      : recordUpdate({
          before, after: next, typeName: this.#stored.schema, schemas, manager: options.fieldManager, apiVersion: this.apiVersion,
          subresource: options.subresource, now: options.subresource === 'scale' ? undefined : clock.now(), reset: this.#resetFields(options.subresource),
        });
    if (owners) meta.managedFields = owners;
    else delete meta.managedFields;
    await this.#services.admission.admit('UPDATE', this.definition, next, before, context);
    this.#services.guard(this.definition, next, before, context);
    this.#prepareUpdate(next, before, options.subresource, context);
    const strategy = this.definition.subresources?.others?.[options.subresource]?.strategy;
    const isMain = options.subresource === '' || options.subresource === 'scale';
    const admitted = next['metadata'];
    // Twice, as upstream: once for every kind, once from the kind's own strategy.
    const findings = [...validateObjectMeta(admitted, this.definition), ...validateObjectMetaUpdate(admitted, before['metadata']), ...validateObjectMetaUpdate(admitted, before['metadata']), ...(strategy ? strategy.validate(next, before) : isMain ? this.definition.validate(next, before) : (this.definition.subresources?.status?.validate?.(next, before) ?? []))];
    this.#refuse(next, findings);
    for (const warning of this.definition.warnings?.(next, before) ?? []) context.warn(warning);
    await this.#services.admission.validate('UPDATE', this.definition, next, before, context);
    this.#services.allocate(this.definition, next, before, context);
    const normal = this.definition.custom ? await this.definition.custom.toStored(next) : this.#normal(next);
    if (deepEqual(normal, previous.object)) return previous;
    if (context.dryRun) return this.#storedObject(normal, before['metadata'].resourceVersion);
    if (isFinishedDeletion(normal)) return this.#remove(previous, normal, context.cause);
    return this.#put(normal, Number(before['metadata'].resourceVersion), context.cause);
  }

  async delete(namespace: string | undefined, name: string, options: DeleteOptions, context: RequestContext): Promise<{ object: StoredObject; gone: boolean }> {
    for (let attempt = 0; attempt <= MAX_RETRIES; attempt++) {
      const previous = this.get(namespace, name);
      const refusal = this.definition.refuseDeletion?.(previous.object);
      if (refusal) throw newForbidden(this.#resource, name, refusal);
      checkPreconditions(previous.object as Json, options, this.definition);
      const shown = this.definition.custom ? await this.definition.custom.fromStored(previous.object as never) : previous.object;
      await this.#services.admission.validate('DELETE', this.definition, undefined, shown, context);
      const { next, changed } = markDeleted(this.#prepareDelete(previous), options, this.definition, this.#services.clock.now());
      if (next && this.definition.storage === 'namespaces' && next['status']) next['status'].phase = 'Terminating';
      if (context.dryRun || !changed) return { object: previous, gone: false };
      if (next) {
        const marked = this.#put(next, Number(previous.object.metadata.resourceVersion), context.cause);
        if (marked) return { object: marked, gone: false };
        continue;
      }
      const removed = this.#removeAtOnce(previous, context.cause);
      if (removed) return { object: removed, gone: true };
    }
    throw newConflict(this.#resource, name, 'the object has been modified; please apply your changes to the latest version and try again');
  }

  #prepareDelete(previous: StoredObject): Json {
    const { prepareForDelete } = this.definition;
    if (!prepareForDelete || previous.object.metadata.deletionTimestamp) return previous.object as Json;
    const next = clone(previous.object) as Json;
    prepareForDelete(next, rfc3339(this.#services.clock.now()));
    return next;
  }

  #removeAtOnce(previous: StoredObject, cause: Cause): StoredObject | undefined {
    if (!this.definition.gracePeriod || previous.object.metadata.deletionTimestamp) return this.#remove(previous, previous.object as Json, cause);
    // A Pod that goes at once is still seen to be deleted first: watchers get MODIFIED, then DELETED.
    const marked = clone(previous.object) as Json;
    marked['metadata'].deletionTimestamp = rfc3339(this.#services.clock.now());
    marked['metadata'].deletionGracePeriodSeconds = 0;
    if (marked['metadata'].generation !== undefined) marked['metadata'].generation++;
    const stored = this.#put(marked, Number(previous.object.metadata.resourceVersion), cause);
    return stored && this.#remove(stored, stored.object as Json, cause);
  }

  #prepareUpdate(next: Json, before: Json, subresource: string, context: RequestContext): void {
    if (subresource === 'status') {
      const { managedFields } = next['metadata'];
      for (const field of Object.keys(next)) if (field !== 'status' && field !== 'metadata') next[field] = before[field];
      for (const field of Object.keys(before)) if (field !== 'status' && !(field in next)) next[field] = before[field];
      // Of custom resources only the owners of fields change with the status; built-in kinds take labels and annotations too.
      if (!this.definition.schema.startsWith('io.k8s.')) next['metadata'] = { ...before['metadata'], managedFields };
      this.definition.subresources?.status?.prepareForUpdate?.(next, before, this.#requestInfo(context, subresource));
      return;
    }
    const strategy = this.definition.subresources?.others?.[subresource]?.strategy;
    if (strategy) return strategy.prepareForUpdate(next, before);
    // A Binding writes past the strategy: it is no change of the wish. models BindingREST.setPodHostAndAnnotations
    if (subresource !== 'binding') this.definition.prepareForUpdate?.(next, before, this.#requestInfo(context, subresource));
  }

  #put(next: Json, expected: number, cause: Cause): StoredObject | undefined {
    const key = this.keyOf(next['metadata'].namespace, next['metadata'].name);
    const result = this.#services.store.txn(
      {
        compare: [{ key, target: 'modRevision', result: '=', to: expected }],
        success: [{ type: 'put', key, value: (revision) => this.#storedObject(next, String(revision)) }],
      },
      cause,
    );
    return result.succeeded ? (result.changes[0]!.current!.value as StoredObject) : undefined;
  }

  #remove(previous: StoredObject, last: Json, cause: Cause): StoredObject | undefined {
    const key = this.keyOf(previous.object.metadata.namespace, previous.object.metadata.name);
    const result = this.#services.store.txn(
      { compare: [{ key, target: 'modRevision', result: '=', to: Number(previous.object.metadata.resourceVersion) }], success: [{ type: 'delete', key }] },
      cause,
    );
    return result.succeeded ? this.#storedObject(last, previous.object.metadata.resourceVersion) : undefined;
  }

  #storedObject(object: Json, resourceVersion: string | undefined): StoredObject {
    return new StoredObject(withResourceVersion(object, resourceVersion), this.definition.custom !== undefined);
  }

  /** In struct order, with what Go always writes. Kinds without a schema of ours (custom resources) stay as they are. */
  #normal(object: Json): Json {
    const { schema } = this.#stored;
    return this.#services.schemas.get(schema) ? normalObject(object, schema, this.#services.schemas) : object;
  }

  #resetFields(subresource: string): FieldSet {
    return resetFieldsOf(this.definition, subresource);
  }

  #refuse(object: Json, findings: readonly FieldError[]): void {
    if (findings.length > 0) throw newInvalid({ group: (this.definition.storageVersion ?? this.definition).group, kind: this.definition.kind }, object['metadata'].name ?? '', findings);
  }

  #exists(namespace: string | undefined, name: string): StatusError {
    const existing = this.find(namespace, name);
    const error = newAlreadyExists(this.#resource, name);
    if (!existing?.object.metadata.deletionTimestamp) return error;
    return new StatusError({ ...error.status, message: `object is being deleted: ${error.message}` });
  }

  #uidConflict(before: Json, uid: string): StatusError {
    const { namespace, name } = before['metadata'];
    const found = before['metadata'].uid;
    return newConflict(this.#resource, name, `StorageError: invalid object, Code: 4, Key: ${this.keyOf(namespace, name)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${found}`);
  }

  #throw(error: Error): never {
    throw error;
  }

  get #resource(): { group: string; resource: string } {
    return { group: this.definition.group, resource: this.definition.plural };
  }

  #requestInfo(context: RequestContext, subresource?: string): Parameters<NonNullable<ResourceDefinition['prepareForCreate']>>[1] {
    return { user: context.user, now: this.#services.clock.now(), dryRun: context.dryRun, subresource };
  }
}

