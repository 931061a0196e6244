import { newMethodNotAllowed, newMethodNotSupported, newUnknownError } from '../../machinery/errors.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { RequestContext } from '../interfaces.ts';
import { StoredObject } from '../registry/stored-object.ts';
import type { Answer } from './answer.ts';
import { filterOf } from './selection.ts';

/** What a part behind the door answers when it is asked for its health. */
export interface PartHealth {
  /** `scheduler`, `controller-manager`, `etcd-0`. */
  readonly name: string;
  readonly healthy: boolean;
  readonly message?: string;
  readonly error?: string;
}

/** GET and LIST of ComponentStatuses: asked for now, never stored. models pkg/registry/core/componentstatus */
export function answerComponentStatus(definition: ResourceDefinition, { info, query }: RequestContext, parts: readonly PartHealth[]): Answer {
  if (info.verb === 'watch') throw newMethodNotSupported({ group: '', resource: info.resource }, 'watch');
  if (info.verb === 'list') {
    const filter = filterOf(definition, '', '', query);
    return { type: 'list', definition, values: parts.map(statusOf).filter((value) => filter.matches(value)), resourceVersion: '' };
  }
  if (info.verb !== 'get' || info.subresource !== '') throw newMethodNotAllowed();
  const part = parts.find(({ name }) => name === info.name);
  if (!part) throw newUnknownError(`Component not found: ${info.name}`);
  return { type: 'stored', code: 200, value: statusOf(part), definition };
}

function statusOf({ name, healthy, message, error }: PartHealth): StoredObject {
  return new StoredObject({
    kind: 'ComponentStatus', apiVersion: 'v1', metadata: { name },
    conditions: [{ type: 'Healthy', status: healthy ? 'True' : 'False', ...(message ? { message } : {}), ...(error ? { error } : {}) }],
  });
}
