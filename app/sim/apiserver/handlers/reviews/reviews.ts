import { newBadRequest, newInvalid, newMethodNotAllowed, newPathNotFound } from '../../../machinery/errors.ts';
import { recordUpdate } from '../../../machinery/managed-fields/index.ts';
import type { ResourceDefinition } from '../../../resources/definition.ts';
import type { RequestContext } from '../../interfaces.ts';
import type { Json } from '../../registry/registry.ts';
import type { Answer } from '../answer.ts';
import { decodeBody, type Body } from '../body.ts';
import type { RouterOptions } from '../router.ts';
import { answerAccessReview, answerRulesReview } from './access.ts';
import { answerSelfSubjectReview, answerTokenReview } from './identity.ts';

/** Turns a review that was posted into its answer. */
export type ReviewHandler = (review: Json, context: RequestContext, options: RouterOptions) => Json;

const HANDLERS: Readonly<Record<string, ReviewHandler>> = {
  SubjectAccessReview: answerAccessReview,
  LocalSubjectAccessReview: answerAccessReview,
  SelfSubjectAccessReview: answerAccessReview,
  SelfSubjectRulesReview: answerRulesReview,
  SelfSubjectReview: answerSelfSubjectReview,
  TokenReview: answerTokenReview,
};

export interface ReviewRequest {
  readonly definition: ResourceDefinition;
  readonly body: Body;
  readonly context: RequestContext;
  readonly fieldManager: string;
}

/** POST of a kind that is answered and not stored. models pkg/registry/{authorization,authentication} */
export function answerReview({ definition, body, context, fieldManager }: ReviewRequest, options: RouterOptions): Answer {
  const { info } = context;
  const handler = HANDLERS[definition.kind];
  if (!handler || info.subresource !== '') throw newPathNotFound();
  if (info.verb !== 'create' || info.name !== '') throw newMethodNotAllowed();
  if ((definition.scope === 'Cluster') !== (info.namespace === '')) throw newPathNotFound();
  const { schemas, clock } = options;
  const review = decodeBody(body, definition, context, schemas);
  const meta = (review['metadata'] ??= {}) as Json;
  if (meta['namespace'] && meta['namespace'] !== info.namespace) throw newBadRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (info.namespace) meta['namespace'] = info.namespace;
  const apiVersion = `${definition.group}/${definition.version}`;
  const owners = recordUpdate({ before: undefined, after: review, typeName: definition.schema, schemas, manager: fieldManager, apiVersion, subresource: '', now: clock.now() });
  if (owners) meta['managedFields'] = owners;
  const findings = definition.validate(review);
  // The internal object has no kind of its own yet: so read the refusals of a real server.
  if (findings.length > 0) throw newInvalid({ group: definition.group, kind: '' }, '', findings);
  return { type: 'object', code: 201, object: { kind: definition.kind, apiVersion, ...handler(review, context, options) } };
}
