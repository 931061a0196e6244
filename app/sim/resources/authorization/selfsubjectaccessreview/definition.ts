import { defineReview } from '../../shared/review.ts';
import { validateAttributes, validateEmptyMeta, type AccessReview } from '../validation.ts';

/** May I do this? What `kubectl auth can-i` asks. */
export const selfSubjectAccessReview = defineReview<AccessReview>({
  group: 'authorization.k8s.io',
  kind: 'SelfSubjectAccessReview',
  validate: ({ spec = {}, metadata }) => [...validateAttributes(spec), ...validateEmptyMeta(metadata, 'must be empty')],
});
