import { rfc3339 } from '../../../../base/clock/index.ts';
import { newBadRequest } from '../../../machinery/errors.ts';
import type { UserInfo } from '../../../machinery/transport.ts';
import { ISSUER } from '../../authentication/service-account-tokens.ts';
import type { Json } from '../../registry/registry.ts';
import type { ReviewHandler } from './reviews.ts';

function userObject({ name, uid, groups, extra }: UserInfo): Json {
  return { username: name, ...(uid ? { uid } : {}), ...(groups.length > 0 ? { groups } : {}), ...(extra ? { extra } : {}) };
}

/** models pkg/registry/authentication/selfsubjectreview */
export const answerSelfSubjectReview: ReviewHandler = (_, { user }, { clock }) => ({ metadata: { creationTimestamp: rfc3339(clock.now()) }, status: { userInfo: userObject(user) } });

/** models pkg/registry/authentication/tokenreview */
export const answerTokenReview: ReviewHandler = (review, _, { tokens }) => {
  const { token, audiences = [] } = (review['spec'] ?? {}) as { token?: string; audiences?: string[] };
  if (!token) throw newBadRequest('token is required for TokenReview in authentication');
  const verdict = tokens.review(token, audiences.length > 0 ? audiences : [ISSUER]);
  const answer = { metadata: review['metadata'], spec: review['spec'] };
  if (!verdict || 'error' in verdict) return { ...answer, status: { user: {}, error: verdict ? `[invalid bearer token, ${verdict.error}]` : 'invalid bearer token' } };
  return { ...answer, status: { authenticated: true, user: userObject(verdict.user), audiences: verdict.audiences } };
};
