import type { KubeObject } from '../../contracts/k8s/index.ts';
import type { PartId, TraceEntry } from '../../contracts/trace/index.ts';
import type { ResourceRef } from '../cluster.ts';

export interface Write {
  readonly request: TraceEntry;
  readonly store: TraceEntry;
}

type Known = KubeObject & { readonly spec?: { readonly nodeName?: string } };
type Fields = { readonly manager?: string; readonly operation?: string; readonly subresource?: string; readonly time?: string };

/** What was written between two pictures of one collection, in order of resource versions. */
export function writesBetween({ resource }: ResourceRef, before: ReadonlyMap<string, KubeObject>, after: ReadonlyMap<string, KubeObject>): Write[] {
  const writes: { readonly revision: number; readonly write: Write }[] = [];
  for (const [uid, object] of after as ReadonlyMap<string, Known>) {
    const old = before.get(uid) as Known | undefined;
    const revision = Number(object.metadata.resourceVersion ?? 0);
    if (old?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
    const said = whoWrote(resource, old, object);
    if (said) writes.push({ revision, write: writeOf(said, resource, object, revision) });
  }
  return writes.sort((a, b) => a.revision - b.revision).map(({ write }) => write);
}

interface Said {
  readonly part: PartId;
  readonly loop?: string;
  readonly verb: string;
  readonly subresource?: string;
  readonly manager: string;
}

function whoWrote(resource: string, old: Known | undefined, object: Known): Said | undefined {
  // A binding leaves no managed fields: only the scheduler makes them.
  if (old && !old.spec?.nodeName && object.spec?.nodeName && resource === 'pods') return { part: 'kube-scheduler', verb: 'bind', subresource: 'binding', manager: 'kube-scheduler' };
  const newest = newestFields(object, old);
  if (!newest?.manager) return undefined;
  const part = partOf(newest.manager, resource, object);
  return part && { part, verb: old ? (newest.operation === 'Apply' ? 'apply' : 'update') : 'create', ...(newest.subresource ? { subresource: newest.subresource } : {}), manager: newest.manager };
}

/** The entry that is not as it was; of several the latest. */
function newestFields(object: Known, old: Known | undefined): Fields | undefined {
  const key = ({ manager, operation, subresource, time }: Fields): string => `${manager}/${operation}/${subresource}/${time}`;
  const before = new Set(((old?.metadata.managedFields ?? []) as readonly Fields[]).map(key));
  const changed = ((object.metadata.managedFields ?? []) as readonly Fields[]).filter((one) => !before.has(key(one)));
  return changed.reduce<Fields | undefined>((latest, one) => (!latest || (one.time ?? '') >= (latest.time ?? '') ? one : latest), undefined);
}

/** Undefined: a program that the picture does not show. */
function partOf(manager: string, resource: string, { metadata, spec }: Known): PartId | undefined {
  if (manager === 'kube-scheduler' || manager === 'kube-controller-manager' || manager === 'cloud-controller-manager') return manager;
  if (manager === 'kubelet') {
    const node = resource === 'nodes' ? metadata.name : spec?.nodeName;
    return node ? `kubelet/${node}` : undefined;
  }
  return /^(kubectl|helm|oc|k9s|terraform|curl|orrery)\b/i.test(manager) ? 'you' : undefined;
}

function writeOf({ part, loop, verb, subresource, manager }: Said, resource: string, { metadata }: Known, revision: number): Write {
  const { namespace, name, uid } = metadata;
  const object = { resource, name, ...(namespace ? { namespace } : {}), ...(uid ? { uid } : {}) };
  return {
    request: { kind: 'request', from: part, to: 'kube-apiserver', cause: [], label: `${verb} ${resource}${subresource ? `/${subresource}` : ''} ${name}`, object, ...(loop ? { loop } : {}), detail: { manager } },
    store: { kind: 'store', from: 'kube-apiserver', to: 'etcd', cause: [], label: `put /registry/${resource}/${namespace ? `${namespace}/` : ''}${name}`, object, revision },
  };
}
