import { defineReview } from '../../shared/review.ts';

/** Whose token is this? */
export const tokenReview = defineReview<{ readonly spec?: { readonly token?: string; readonly audiences?: readonly string[] } }>({ group: 'authentication.k8s.io', kind: 'TokenReview' });
