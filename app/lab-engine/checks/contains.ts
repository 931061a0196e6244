import { stringify } from 'yaml';
import type { KubeObject } from '../../contracts/k8s/index.ts';
import type { CheckContext } from './check.ts';

export interface PartialObject {
  readonly apiVersion?: string | undefined;
  readonly kind: string;
  readonly metadata?: { readonly name?: string | undefined; readonly namespace?: string | undefined } | undefined;
  readonly [field: string]: unknown;
}

/** True when everything that `part` says is in `whole`: maps by key, lists when each item of `part` is in some item. */
export function contains(whole: unknown, part: unknown): boolean {
  if (part === undefined) return true;
  if (Array.isArray(part)) return Array.isArray(whole) && part.every((item) => whole.some((candidate) => contains(candidate, item)));
  if (typeof part === 'object' && part !== null) {
    return typeof whole === 'object' && whole !== null && Object.entries(part).every(([key, value]) => contains((whole as Record<string, unknown>)[key], value));
  }
  return whole === part;
}

/** Objects of the kind, in the named namespace if there is one, with the named name. */
export async function candidates(part: PartialObject, { cluster, signal }: CheckContext): Promise<KubeObject[]> {
  const { namespaced, ...ref } = await cluster.client.resolveKind(part.apiVersion, part.kind);
  const namespace = namespaced ? part.metadata?.namespace : undefined;
  const { items } = await cluster.client.list({ ...ref, ...(namespace ? { namespace } : {}) }, { signal });
  return items.filter(({ metadata }) => part.metadata?.name === undefined || metadata.name === part.metadata.name);
}

export async function matching(part: PartialObject, context: CheckContext): Promise<{ found: KubeObject[]; near: KubeObject[] }> {
  const near = await candidates(part, context);
  return { found: near.filter((object) => contains(object, part)), near };
}

/** `Pod web in lab` */
export function nameOf({ kind, metadata }: PartialObject): string {
  return `${kind}${metadata?.name ? ` ${metadata.name}` : ''}${metadata?.namespace ? ` in ${metadata.namespace}` : ''}`;
}

/** `Pod web in lab with status: {phase: Running}` */
export function describe(part: PartialObject): string {
  const { metadata, ...rest } = Object.fromEntries(Object.entries(part).filter(([key]) => key !== 'kind' && key !== 'apiVersion')) as { metadata?: object };
  const more = Object.fromEntries(Object.entries(metadata ?? {}).filter(([key]) => key !== 'name' && key !== 'namespace'));
  const shown = { ...(Object.keys(more).length > 0 ? { metadata: more } : {}), ...rest };
  return `${nameOf(part)}${Object.keys(shown).length > 0 ? ` with ${oneLine(shown)}` : ''}`;
}

/** Of the object nearest to what is wanted, the fields that are asked for. */
export function observed(part: PartialObject, near: readonly KubeObject[]): string {
  const [first] = near;
  if (!first) return `no ${nameOf(part)}`;
  const { metadata, ...rest } = pick(first, part) as { metadata?: Record<string, unknown> };
  const more = Object.fromEntries(Object.entries(metadata ?? {}).filter(([key]) => key !== 'name' && key !== 'namespace'));
  const shown = Object.fromEntries(Object.entries({ ...(Object.keys(more).length > 0 ? { metadata: more } : {}), ...rest }).filter(([key]) => key !== 'kind' && key !== 'apiVersion'));
  return `${nameOf(first as unknown as PartialObject)}${Object.keys(shown).length > 0 ? ` with ${oneLine(shown)}` : ''}`;
}

function pick(whole: unknown, part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part) || typeof whole !== 'object' || whole === null) return whole ?? 'nothing';
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, pick((whole as Record<string, unknown>)[key], value)]));
}

function oneLine(value: object): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim().replace(/^\{ (.*) \}$/, '$1');
}
