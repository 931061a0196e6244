import type { ObjectMeta, OwnerReference } from '../../../contracts/k8s/index.ts';
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
  for (const [index, finalizer] of (meta.finalizers ?? []).entries()) findings.push(...finalizerProblems(finalizer, `metadata.finalizers[${index}]`, definition));
  for (const owner of meta.ownerReferences ?? []) {
    const at = 'metadata.ownerReferences';
    if (!owner.apiVersion) findings.push(invalid(`${at}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
    if (!owner.kind) findings.push(invalid(`${at}.kind`, owner.kind ?? '', 'must not be empty'));
    if (!owner.name) findings.push(invalid(`${at}.name`, owner.name ?? '', 'must not be empty'));
    if (!owner.uid) findings.push(invalid(`${at}.uid`, owner.uid ?? '', 'must not be empty'));
    if (owner.kind === 'Event' && /^(v1|events\.k8s\.io\/v1)$/.test(owner.apiVersion)) {
      const [group, version] = owner.apiVersion.includes('/') ? owner.apiVersion.split('/') : ['', owner.apiVersion];
      findings.push(invalid(at, shownOwner(owner), `${group}/${version}, Kind=Event is disallowed from being an owner`));
    }
  }
  const controllers = (meta.ownerReferences ?? []).filter((owner) => owner.controller);
  for (const [index, owner] of controllers.entries()) {
    if (index === 0) continue;
    const first = controllers[index - 1]!;
    findings.push(invalid('metadata.ownerReferences', meta.ownerReferences!.map(shownOwner), `Only one reference can have Controller set to true. Found "true" in references for ${first.kind}/${first.name} and ${owner.kind}/${owner.name}`));
  }
  return findings;
}

const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Groups whose servers know nothing of the finalizers that Kubernetes calls its own; custom resources are warned instead. */
const OTHER_SERVERS = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io']);

/** In the order of the Go struct, which is how a refusal prints it. */
function shownOwner({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }: OwnerReference): object {
  return { apiVersion, kind, name, uid, ...(controller === undefined ? {} : { controller }), ...(blockOwnerDeletion === undefined ? {} : { blockOwnerDeletion }) };
}

function finalizerProblems(finalizer: string, field: string, { custom, group }: ResourceDefinition): FieldError[] {
  const problems = qualifiedNameProblems(finalizer).map((problem) => invalid(field, finalizer, problem));
  if (problems.length > 0 || finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer) || custom || OTHER_SERVERS.has(group)) return problems;
  return [invalid(field, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];
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
