import { defineReview } from '../../shared/review.ts';

/** Who am I? What `kubectl auth whoami` asks. */
export const selfSubjectReview = defineReview<object>({ group: 'authentication.k8s.io', kind: 'SelfSubjectReview' });
