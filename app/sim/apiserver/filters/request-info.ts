import type { RequestInfo } from '../interfaces.ts';

const VERBS: Readonly<Record<string, string>> = { GET: 'get', HEAD: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/**
 * Reads a path as upstream does:
 * `/api/v1/namespaces/lab/pods/web/log`, `/apis/apps/v1/deployments`, `/api/v1/nodes/worker-1`.
 *
 * models apiserver/pkg/endpoints/request: RequestInfoFactory.NewRequestInfo
 */
export function requestInfo(method: string, path: string, query: Readonly<Record<string, string | undefined>>): RequestInfo {
  const segments = decode(path).split('/').filter((segment) => segment !== '');
  const other = { path, isResource: false, verb: method.toLowerCase(), group: '', version: '', namespace: '', resource: '', subresource: '', name: '', rest: '' };
  const isCore = segments[0] === 'api';
  if (!isCore && segments[0] !== 'apis') return other;
  const group = isCore ? '' : (segments[1] ?? '');
  const version = isCore ? (segments[1] ?? '') : (segments[2] ?? '');
  let parts = segments.slice(isCore ? 2 : 3);
  if (parts.length === 0 || version === '') return { ...other, group, version };
  let verb = VERBS[method] ?? method.toLowerCase();
  if (parts[0] === 'watch') {
    parts = parts.slice(1);
    verb = 'watch';
  }
  let namespace = '';
  if (parts[0] === 'namespaces' && parts[1] !== undefined) {
    namespace = parts[1];
    const below = parts[2];
    // /namespaces/x and its own subresources are about the Namespace itself.
    if (below !== undefined && below !== 'status' && below !== 'finalize') parts = parts.slice(2);
  }
  const [resource = '', named = '', subresource = '', ...rest] = parts;
  let name = named;
  if (name === '' && verb === 'get') {
    verb = isTrue(query['watch']) ? 'watch' : 'list';
    name = selectedName(query['fieldSelector']);
  }
  if (name === '' && verb === 'delete') verb = 'deletecollection';
  return { path, isResource: true, verb, group, version, namespace, resource, subresource, name, rest: rest.join('/') };
}

/** As Go's query decoding has it: anything but false and 0 is true. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value.toLowerCase() !== 'false' && value !== '0';
}

/** A list of the one object of this name asks for no more than a get: whoever may have the one may have the other. */
function selectedName(fieldSelector: string | undefined): string {
  return /(?:^|,)metadata\.name==?([a-z0-9.-]+)(?:,|$)/.exec(fieldSelector ?? '')?.[1] ?? '';
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
