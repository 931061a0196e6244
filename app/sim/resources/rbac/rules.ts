import type { PolicyRule, RbacV1Subject, RoleRef } from '../../../contracts/k8s/index.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { invalid, notSupported, required } from '../shared/findings.ts';

/** models pkg/apis/rbac/validation: ValidatePolicyRule */
export function validateRules(rules: readonly PolicyRule[] | undefined, scope: 'Namespaced' | 'Cluster'): FieldError[] {
  return (rules ?? []).flatMap((rule, index): FieldError[] => {
    const at = `rules[${index}]`;
    const findings: FieldError[] = [];
    if ((rule.verbs ?? []).length === 0) findings.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
    if ((rule.nonResourceURLs ?? []).length > 0) {
      if (scope === 'Namespaced') findings.push(invalid(`${at}.nonResourceURLs`, rule.nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
      if ((rule.apiGroups ?? []).length + (rule.resources ?? []).length + (rule.resourceNames ?? []).length > 0) {
        findings.push(invalid(`${at}.nonResourceURLs`, rule.nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'));
      }
      return findings;
    }
    if ((rule.apiGroups ?? []).length === 0) findings.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
    if ((rule.resources ?? []).length === 0) findings.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
    return findings;
  });
}

interface Binding {
  readonly roleRef?: RoleRef;
  readonly subjects?: readonly RbacV1Subject[];
}

/** models pkg/apis/rbac/validation: ValidateRoleBinding, ValidateClusterRoleBinding */
export function validateBinding(object: Readonly<Binding>, previous: Readonly<Binding> | undefined, scope: 'Namespaced' | 'Cluster'): FieldError[] {
  const kinds = scope === 'Cluster' ? ['ClusterRole'] : ['Role', 'ClusterRole'];
  const findings: FieldError[] = [];
  const { roleRef } = object;
  if (roleRef?.apiGroup !== 'rbac.authorization.k8s.io') findings.push(notSupported('roleRef.apiGroup', roleRef?.apiGroup ?? '', ['rbac.authorization.k8s.io']));
  if (!kinds.includes(roleRef?.kind ?? '')) findings.push(notSupported('roleRef.kind', roleRef?.kind ?? '', kinds));
  if (!roleRef?.name) findings.push(required('roleRef.name'));
  for (const [index, subject] of (object.subjects ?? []).entries()) {
    const at = `subjects[${index}]`;
    if (!subject.name) findings.push(required(`${at}.name`));
    if (!['ServiceAccount', 'User', 'Group'].includes(subject.kind)) findings.push(notSupported(`${at}.kind`, subject.kind, ['ServiceAccount', 'User', 'Group']));
    if (subject.kind === 'ServiceAccount' && scope === 'Cluster' && !subject.namespace) findings.push(required(`${at}.namespace`));
    if ((subject.kind === 'User' || subject.kind === 'Group') && subject.apiGroup !== 'rbac.authorization.k8s.io') findings.push(notSupported(`${at}.apiGroup`, subject.apiGroup ?? '', ['rbac.authorization.k8s.io']));
  }
  if (previous?.roleRef && roleRef && (roleRef.kind !== previous.roleRef.kind || roleRef.name !== previous.roleRef.name)) {
    findings.push(invalid('roleRef', { APIGroup: roleRef.apiGroup, Kind: roleRef.kind, Name: roleRef.name }, 'cannot change roleRef'));
  }
  return findings;
}

export function defaultBinding(object: { roleRef?: RoleRef; subjects?: RbacV1Subject[] }): void {
  object.roleRef ??= { apiGroup: '', kind: '', name: '' };
  if (!object.roleRef.apiGroup) object.roleRef.apiGroup = 'rbac.authorization.k8s.io';
  for (const subject of object.subjects ?? []) if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ??= 'rbac.authorization.k8s.io';
}

export function subjectsText(subjects: readonly RbacV1Subject[] | undefined, kind: string): string {
  return (subjects ?? []).filter((subject) => subject.kind === kind).map((subject) => (kind === 'ServiceAccount' ? `${subject.namespace}/${subject.name}` : subject.name)).join(', ');
}

