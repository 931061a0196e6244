import { newBadRequest, newMethodNotAllowed, newPathNotFound } from '../../machinery/errors.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { verbsOf } from '../discovery/discovery.ts';
import type { HandledRequest } from '../filters/handler.ts';
import type { RequestContext, RequestInfo } from '../interfaces.ts';

const OF_PARTS = ['get', 'patch', 'update'];

/** About the collection, though a field selector may name one object of it. */
export function isOfCollection({ verb, name }: RequestInfo): boolean {
  return name === '' || verb === 'list' || verb === 'watch';
}

/** Refuses what no route exists for: the routes of a kind follow from its verbs. models apiserver/pkg/endpoints: registerResourceHandlers */
export function checkMethod(request: HandledRequest, { info }: RequestContext, definition: ResourceDefinition): void {
  if (request.path.includes('//')) throw newPathNotFound();
  if (definition.custom) {
    if (info.verb === 'update' && info.name === '') throw newBadRequest('name must be provided');
  } else {
    const verbs = verbsOfPath(definition, info.subresource);
    if (verbs && (!verbs.includes(info.verb) || request.method === 'HEAD')) throw newMethodNotAllowed();
    const isEverywhere = definition.scope === 'Namespaced' && info.namespace === '' && info.name === '';
    if (isEverywhere && (info.verb === 'create' || info.verb === 'deletecollection')) throw newMethodNotAllowed();
  }
  const problem = segmentProblem(info.name);
  if (problem) throw newBadRequest(`Name parameter invalid: ${JSON.stringify(info.name)}: ${problem}`);
}

/** Undefined: whoever answers looks at the method himself, or nobody knows such a part. */
function verbsOfPath(definition: ResourceDefinition, subresource: string): readonly string[] | undefined {
  const { subresources } = definition;
  if (subresource === '') return verbsOf(definition);
  if (subresource === 'status') return subresources?.status ? OF_PARTS : undefined;
  if (subresource === 'scale') return subresources?.scale ? OF_PARTS : undefined;
  const other = subresources?.others?.[subresource];
  return subresource === 'proxy' ? undefined : other?.verbs;
}

/** models apimachinery/pkg/api/validation/path: IsValidPathSegmentName */
function segmentProblem(name: string): string | undefined {
  if (name === '.' || name === '..') return `may not be '${name}'`;
  return name.includes('%') ? "may not contain '%'" : undefined;
}
