import type { ObjectMeta } from '../../../contracts/k8s/index.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { dns1035LabelProblems, dns1123LabelProblems, dns1123SubdomainProblems, pathSegmentProblems, qualifiedNameProblems } from '../../machinery/names.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { forbidden, invalid, invalidName, required } from '../../resources/shared/findings.ts';
import { validateLabels } from '../../resources/shared/validate-labels.ts';

const NAME_RULES = {
  'dns-subdomain': dns1123SubdomainProblems,
  'dns-label': dns1123LabelProblems,
  'dns1035-label': dns1035LabelProblems,
  'path-segment': pathSegmentProblems,
} as const;

const ANNOTATIONS_LIMIT = 256 * 1024;

/** models apimachinery/pkg/api/validation: ValidateObjectMeta */
export function validateObjectMeta(meta: Readonly<ObjectMeta>, definition: ResourceDefinition): FieldError[] {
  const findings: FieldError[] = [];
  // A trailing dash is what generateName usually ends in; it is judged as if a letter followed.
  if (meta.generateName) findings.push(...invalidName('metadata.generateName', meta.generateName, NAME_RULES[definition.nameRule ?? 'dns-subdomain'](meta.generateName.replace(/-$/, 'a'))));
  if (!meta.name) findings.push(required('metadata.name', 'name or generateName is required'));
  else findings.push(...invalidName('metadata.name', meta.name, NAME_RULES[definition.nameRule ?? 'dns-subdomain'](meta.name)));
  if (definition.scope === 'Cluster' && meta.namespace) findings.push(forbidden('metadata.namespace', 'not allowed on this type'));
  findings.push(...validateLabels(meta.labels, 'metadata.labels'));
  let size = 0;
  for (const [key, value] of Object.entries(meta.annotations ?? {})) {
    for (const problem of qualifiedNameProblems(key.toLowerCase())) findings.push(invalid('metadata.annotations', key, problem));
    size += key.length + value.length;
  }
  if (size > ANNOTATIONS_LIMIT) findings.push({ type: 'TooLong', field: 'metadata.annotations', detail: `may not be more than ${ANNOTATIONS_LIMIT} bytes` });
  for (const finalizer of meta.finalizers ?? []) findings.push(...finalizerProblems(finalizer, definition));
  for (const [index, owner] of (meta.ownerReferences ?? []).entries()) {
    const at = `metadata.ownerReferences[${index}]`;
    if (!owner.apiVersion) findings.push(invalid(`${at}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
    if (!owner.kind) findings.push(invalid(`${at}.kind`, owner.kind ?? '', 'must not be empty'));
    if (!owner.name) findings.push(invalid(`${at}.name`, owner.name ?? '', 'must not be empty'));
    if (!owner.uid) findings.push(invalid(`${at}.uid`, owner.uid ?? '', 'must not be empty'));
  }
  if ((meta.ownerReferences ?? []).filter((owner) => owner.controller).length > 1) {
    findings.push(invalid('metadata.ownerReferences', meta.ownerReferences, 'Only one reference can have Controller set to true.'));
  }
  return findings;
}

const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Groups whose servers know nothing of the finalizers that Kubernetes calls its own; custom resources are warned instead. */
const OTHER_SERVERS = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io']);

function finalizerProblems(finalizer: string, { custom, group }: ResourceDefinition): FieldError[] {
  const problems = qualifiedNameProblems(finalizer).map((problem) => invalid('metadata.finalizers', finalizer, problem));
  if (problems.length > 0 || finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer) || custom || OTHER_SERVERS.has(group)) return problems;
  return [invalid('metadata.finalizers', finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];
}

/** models apimachinery/pkg/api/validation: ValidateObjectMetaUpdate */
export function validateObjectMetaUpdate(next: Readonly<ObjectMeta>, previous: Readonly<ObjectMeta>): FieldError[] {
  const findings: FieldError[] = [];
  const immutable = (field: keyof ObjectMeta): void => {
    if (next[field] !== previous[field]) findings.push(invalid(`metadata.${field}`, next[field] ?? '', 'field is immutable'));
  };
  immutable('name');
  immutable('namespace');
  immutable('uid');
  immutable('creationTimestamp');
  if (previous.deletionTimestamp) {
    const added = (next.finalizers ?? []).filter((finalizer) => !(previous.finalizers ?? []).includes(finalizer));
    if (added.length > 0) findings.push(forbidden('metadata.finalizers', `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((item) => JSON.stringify(item)).join(', ')}}`));
  }
  return findings;
}
