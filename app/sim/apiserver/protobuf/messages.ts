import { readDataFile } from '../../resources/data.ts';

/** tag → [JSON name or 'inline', type]; a type starting with * is repeated, `map<k,v>` a map. */
export type MessageTable = Readonly<Record<string, readonly [name: string, type: string]>>;

export const MAGIC = Buffer.from('k8s\0');

let messages: Readonly<Record<string, MessageTable>> | undefined;

/** The numbers of all fields: facts of the wire format (`app/sim/resources/protobuf.json`). */
export function messageTable(): Readonly<Record<string, MessageTable>> {
  return (messages ??= JSON.parse(readDataFile('protobuf.json')) as Readonly<Record<string, MessageTable>>);
}

const names = new Map<string, string | undefined>();

/** The message of a kind: `k8s.io.api.core.v1.Pod`; undefined: it has none. */
export function messageName(apiVersion: string, kind: string): string | undefined {
  const key = `${apiVersion} ${kind}`;
  if (!names.has(key)) names.set(key, findName(apiVersion, kind));
  return names.get(key);
}

function findName(apiVersion: string, kind: string): string | undefined {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const suffix = `${version}.${kind}`;
  const short = group === '' ? 'core' : group.split('.')[0]!;
  const candidates = [`k8s.io.api.${short}.${suffix}`, `k8s.io.apimachinery.pkg.apis.meta.${suffix}`];
  return candidates.find((name) => Object.hasOwn(messageTable(), name)) ?? Object.keys(messageTable()).find((name) => name.endsWith(`.${short}.${suffix}`));
}
