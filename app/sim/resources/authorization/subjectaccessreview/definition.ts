import { defineReview } from '../../shared/review.ts';
import { validateAttributes, validateEmptyMeta, validateSubject, type AccessReview } from '../validation.ts';

/** May somebody do this? */
export const subjectAccessReview = defineReview<AccessReview>({
  group: 'authorization.k8s.io',
  kind: 'SubjectAccessReview',
  validate: ({ spec = {}, metadata }) => [...validateAttributes(spec), ...validateSubject(spec), ...validateEmptyMeta(metadata, 'must be empty')],
});
