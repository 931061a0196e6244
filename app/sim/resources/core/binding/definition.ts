import type { FieldError } from '../../../machinery/field-error.ts';
import { defineReview } from '../../shared/review.ts';
import { notSupported, required } from '../../shared/findings.ts';

interface Binding {
  readonly target?: { readonly kind?: string; readonly name?: string };
}

/** Ties a Pod to a node: posted to a Pod's `binding`, or (as the first schedulers did) to the namespace's `bindings`. */
export const binding = defineReview<Binding>({
  group: '',
  kind: 'Binding',
  scope: 'Namespaced',
  // models core/validation: ValidatePodBinding
  validate({ target }) {
    const findings: FieldError[] = [];
    if (target?.kind && target.kind !== 'Node') findings.push(notSupported('target.kind', target.kind, ['Node', '<empty>']));
    if (!target?.name) findings.push(required('target.name'));
    return findings;
  },
});
