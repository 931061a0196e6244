import type { FieldError } from '../../machinery/field-error.ts';
import { invalid, required } from '../shared/findings.ts';

interface SelectorAttributes {
  readonly rawSelector?: string;
  readonly requirements?: readonly { readonly key?: string; readonly operator?: string; readonly values?: readonly string[] }[];
}

/** What all access reviews ask about. */
export interface AccessReviewSpec {
  readonly resourceAttributes?: { readonly namespace?: string; readonly verb?: string; readonly group?: string; readonly version?: string; readonly resource?: string; readonly subresource?: string; readonly name?: string; readonly fieldSelector?: SelectorAttributes; readonly labelSelector?: SelectorAttributes };
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface AccessReview {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: AccessReviewSpec;
}

/** models pkg/apis/authorization/validation: ValidateSelfSubjectAccessReviewSpec */
export function validateAttributes(spec: AccessReviewSpec): FieldError[] {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  if (resource && other) return [invalid('spec.nonResourceAttributes', { Path: other.path ?? '', Verb: other.verb ?? '' }, 'cannot be specified in combination with resourceAttributes'), ...validateSelectors(spec)];
  if (!resource && !other) return [invalid('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified')];
  return validateSelectors(spec);
}

/** models pkg/apis/authorization/validation: ValidateSubjectAccessReviewSpec */
export function validateSubject({ user, groups }: AccessReviewSpec): FieldError[] {
  return !user && (groups ?? []).length === 0 ? [invalid('spec.user', '', 'at least one of user or group must be specified')] : [];
}

/** Reviews have no name, no labels: nothing but, for some, a namespace. */
export function validateEmptyMeta(metadata: Readonly<Record<string, unknown>> | undefined, detail: string, allowed: readonly string[] = []): FieldError[] {
  const ignored = new Set(['managedFields', ...allowed]);
  return Object.keys(metadata ?? {}).some((key) => !ignored.has(key)) ? [invalid('metadata', metadata, detail)] : [];
}

function validateSelectors({ resourceAttributes }: AccessReviewSpec): FieldError[] {
  return (['fieldSelector', 'labelSelector'] as const).flatMap((field): FieldError[] => {
    const selector = resourceAttributes?.[field];
    if (!selector) return [];
    const at = `spec.resourceAttributes.${field}`;
    const count = (selector.requirements ?? []).length;
    if (selector.rawSelector && count > 0) return [invalid(`${at}.rawSelector`, selector.rawSelector, 'may not specified at the same time as requirements')];
    if (!selector.rawSelector && count === 0) return [required(`${at}.requirements`, `when ${at} is specified, requirements or rawSelector is required`)];
    return (selector.requirements ?? []).flatMap((requirement, index) => (requirement.key ? [] : [required(`${at}.requirements[${index}].key`, 'must be specified')]));
  });
}
