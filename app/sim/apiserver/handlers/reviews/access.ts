import { newBadRequest } from '../../../machinery/errors.ts';
import type { UserInfo } from '../../../machinery/transport.ts';
import type { AccessReviewSpec } from '../../../resources/authorization/validation.ts';
import type { Attributes } from '../../interfaces.ts';
import type { ReviewHandler } from './reviews.ts';

/** SubjectAccessReview and its kin: asks the authorizer as the request of that user would. */
export const answerAccessReview: ReviewHandler = (review, context, { authorizer }) => {
  const spec = (review['spec'] ?? {}) as AccessReviewSpec;
  const user = review['kind'] === 'SelfSubjectAccessReview' ? context.user : userOf(spec);
  const { allowed, reason } = authorizer.authorize(attributesOf(spec, user));
  return { metadata: review['metadata'], spec, status: { allowed, ...(reason ? { reason } : {}) } };
};

function userOf({ user = '', groups = [], uid, extra }: AccessReviewSpec): UserInfo {
  return { name: user, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) };
}

/** models pkg/registry/authorization/util: AuthorizationAttributesFrom */
function attributesOf({ resourceAttributes: resource, nonResourceAttributes: other }: AccessReviewSpec, user: UserInfo): Attributes {
  const nothing = { user, path: '', version: '', group: '', namespace: '', resource: '', subresource: '', name: '', rest: '' };
  if (!resource) return { ...nothing, isResource: false, verb: other?.verb ?? '', path: other?.path ?? '' };
  const { verb = '', group = '', version, namespace = '', subresource = '', name = '' } = resource;
  return { ...nothing, isResource: true, verb, group, version: version || '*', namespace, resource: resource.resource ?? '', subresource, name };
}

/** SelfSubjectRulesReview: the caller's rules in one namespace. models pkg/registry/authorization/selfsubjectrulesreview */
export const answerRulesReview: ReviewHandler = (review, { user }, { rbac }) => {
  const namespace = (review['spec'] as { namespace?: string } | undefined)?.namespace;
  if (!namespace) throw newBadRequest('no namespace on request');
  const { rules, errors } = rbac.rulesFor(user, namespace);
  const resourceRules = rules.filter(({ resources }) => (resources ?? []).length > 0).map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, ...(resourceNames ? { resourceNames } : {}) }));
  const nonResourceRules = rules.filter(({ nonResourceURLs }) => (nonResourceURLs ?? []).length > 0).map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
  const unresolved = [...new Set(errors)];
  const evaluationError = unresolved.length === 1 ? unresolved[0] : `[${unresolved.join(', ')}]`;
  return { metadata: {}, spec: {}, status: { resourceRules, nonResourceRules, incomplete: false, ...(unresolved.length > 0 ? { evaluationError } : {}) } };
};
