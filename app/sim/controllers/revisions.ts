import type { ControllerRevision, PodTemplateSpec, Stored } from '../../contracts/k8s/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import type { EventSubject } from '../client/event-recorder.ts';
import { controllerRevisions } from '../client/resource-types.ts';
import { Fnv32, safeEncode } from '../machinery/go-dump/hash.ts';
import { deepEqual, isRecord } from '../machinery/objects.ts';
import { isAlreadyExists, isNotFound } from '../machinery/status.ts';
import type { ControllerContext } from './context.ts';
import { controllerReference } from './pod-control.ts';

/** What a revision keeps: a patch that puts the template back. models statefulset: getPatch */
export interface TemplatePatch {
  readonly spec: { readonly template: PodTemplateSpec & { readonly $patch: 'replace' } };
}

export function patchOf(template: Readonly<PodTemplateSpec>): TemplatePatch {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}

export function templateOf(revision: Stored<ControllerRevision>): PodTemplateSpec {
  const { $patch: _, ...template } = (revision.data as unknown as TemplatePatch).spec.template;
  return template;
}

export function hasTemplate(revision: Stored<ControllerRevision>, template: Readonly<PodTemplateSpec> | undefined): boolean {
  return template !== undefined && deepEqual(revision.data, patchOf(template));
}

/** Oldest first. models controller/history: SortControllerRevisions */
export function sortRevisions(revisions: readonly Stored<ControllerRevision>[]): Stored<ControllerRevision>[] {
  return [...revisions].sort((a, b) => a.revision - b.revision || compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) || compareText(a.metadata.name, b.metadata.name));
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `584dc56b9f`. models controller/history: HashControllerRevision over Go's JSON of the data, keys sorted */
export function revisionHash(data: TemplatePatch, collisionCount: number): string {
  return safeEncode(String(new Fnv32('1').write(goJson(data)).write(String(collisionCount)).sum));
}

function goJson(value: unknown): string {
  const sorted = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(sorted);
    return isRecord(item) ? Object.fromEntries(Object.keys(item).sort().map((key) => [key, sorted(item[key])])) : item;
  };
  return JSON.stringify(sorted(value)).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export interface NewRevision {
  readonly owner: EventSubject;
  readonly data: TemplatePatch;
  readonly revision: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** Keeps a version under a name made of its hash; another version under that name: count the collision, and try again. */
export async function createRevision({ client }: ControllerContext, made: NewRevision, hashOf: (collisionCount: number) => string, hashLabel: string, collisionCount: number, cause: Cause): Promise<{ revision: Stored<ControllerRevision>; collisionCount: number }> {
  const { owner, data, annotations } = made;
  for (let collisions = collisionCount; ; collisions++) {
    const hash = hashOf(collisions);
    const name = `${owner.metadata.name.slice(0, 223)}-${hash}`;
    const body = {
      metadata: { name, labels: { ...made.labels, [hashLabel]: hash }, ...(annotations && Object.keys(annotations).length > 0 ? { annotations } : {}), ownerReferences: [controllerReference(owner)] },
      data, revision: made.revision,
    };
    try {
      return { revision: await client.create(controllerRevisions, owner.metadata.namespace, body, cause), collisionCount: collisions };
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const existing = await client.get(controllerRevisions, owner.metadata.namespace, name);
      if (deepEqual(existing.data, data)) return { revision: existing, collisionCount: collisions };
    }
  }
}

/** An older version that is the wish again gets the highest number. */
export function renumberRevision({ client }: ControllerContext, revision: Stored<ControllerRevision>, to: number, cause: Cause): Promise<Stored<ControllerRevision>> {
  return client.update(controllerRevisions, { ...revision, revision: to }, cause);
}

/** Deletes the oldest versions that nothing runs, beyond the limit. models truncateHistory, cleanupHistory */
export async function truncateRevisions({ client }: ControllerContext, revisions: readonly Stored<ControllerRevision>[], isLive: (revision: Stored<ControllerRevision>) => boolean, limit: number, cause: Cause): Promise<void> {
  const idle = revisions.filter((revision) => !isLive(revision));
  for (const { metadata } of idle.slice(0, Math.max(0, idle.length - limit))) {
    await client.delete(controllerRevisions, metadata.namespace, metadata.name, undefined, cause).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}
