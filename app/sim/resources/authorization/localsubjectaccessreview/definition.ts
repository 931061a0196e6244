import { invalid } from '../../shared/findings.ts';
import { defineReview } from '../../shared/review.ts';
import { validateAttributes, validateEmptyMeta, validateSubject, type AccessReview } from '../validation.ts';

/** May somebody do this in the namespace of the review? For those who may ask about one namespace only. */
export const localSubjectAccessReview = defineReview<AccessReview>({
  group: 'authorization.k8s.io',
  kind: 'LocalSubjectAccessReview',
  scope: 'Namespaced',
  validate({ spec = {}, metadata }) {
    const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
    return [
      ...validateAttributes(spec),
      ...validateSubject(spec),
      ...validateEmptyMeta(metadata, 'must be empty except for namespace', ['namespace']),
      ...(resource && (resource.namespace ?? '') !== metadata?.['namespace'] ? [invalid('spec.resourceAttributes.namespace', resource.namespace ?? '', 'must match metadata.namespace')] : []),
      ...(other ? [invalid('spec.nonResourceAttributes', { Path: other.path ?? '', Verb: other.verb ?? '' }, 'disallowed on this kind of request')] : []),
    ];
  },
});
