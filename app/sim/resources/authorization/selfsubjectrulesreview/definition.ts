import { defineReview } from '../../shared/review.ts';

/** What may I do in a namespace? What `kubectl auth can-i --list` asks. */
export const selfSubjectRulesReview = defineReview<{ readonly spec?: { readonly namespace?: string } }>({ group: 'authorization.k8s.io', kind: 'SelfSubjectRulesReview' });
