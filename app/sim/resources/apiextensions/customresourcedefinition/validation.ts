import type { FieldError } from '../../../machinery/field-error.ts';
import { dns1035LabelProblems, dns1123SubdomainProblems } from '../../../machinery/names.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { invalid, notSupported, required } from '../../shared/findings.ts';
import { validateConversion } from './conversion.ts';
import { internalVersions } from './internal-form.ts';
import { validateNames } from './names.ts';
import { validateSchemaOf } from './schema-validation.ts';
import { isConditionTrue, type CustomResourceDefinition, type CustomResourceDefinitionSpec, type Version } from './types.ts';
import { validateColumns, validateSelectableFields, validateSubresources } from './version-parts.ts';

/** models apiextensions/validation: ValidateCustomResourceDefinition and ValidateCustomResourceDefinitionUpdate */
export function validateDefinition(crd: CustomResourceDefinition, previous: CustomResourceDefinition | undefined): FieldError[] {
  return [
    ...(previous ? [] : validateName(crd)),
    ...validateSpec(crd.spec, previous?.spec),
    ...(previous ? validateImmutable(crd, previous) : []),
    ...(crd.status?.acceptedNames ? validateNames(crd.status.acceptedNames, 'status.acceptedNames') : []),
    ...validateStoredVersions(crd),
    ...validateApproval(crd),
  ];
}

function validateName({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  const name = metadata.name ?? '';
  const findings = dns1123SubdomainProblems(name).map((problem) => invalid('metadata.name', name, problem));
  if (name !== `${spec.names.plural}.${spec.group}`) findings.push(invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  return findings;
}

function validateSpec(spec: CustomResourceDefinitionSpec, previous: CustomResourceDefinitionSpec | undefined): FieldError[] {
  const findings = validateGroup(spec.group);
  if (!spec.scope) findings.push(required('spec.scope'));
  else if (!['Cluster', 'Namespaced'].includes(spec.scope)) findings.push(notSupported('spec.scope', spec.scope, ['Cluster', 'Namespaced']));
  const versions = spec.versions ?? [];
  for (const [index, version] of versions.entries()) if (!version.schema?.openAPIV3Schema) findings.push(required(`spec.versions[${index}].schema.openAPIV3Schema`));
  if (spec.preserveUnknownFields && !previous?.preserveUnknownFields) {
    findings.push(invalid('spec.preserveUnknownFields', true, 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'));
  }
  findings.push(...validateVersions(versions));
  for (const name of ['plural', 'singular', 'kind', 'listKind'] as const) if (!spec.names[name]) findings.push(required(`spec.names.${name}`));
  findings.push(...validateNames(spec.names, 'spec.names'));
  findings.push(...validateParts(spec, previous));
  findings.push(...validateConversion(spec.conversion, 'spec.conversion'));
  return findings;
}

function validateGroup(group: string): FieldError[] {
  if (!group) return [required('spec.group')];
  const problems = dns1123SubdomainProblems(group);
  if (problems.length > 0) return [invalid('spec.group', group, problems.join(','))];
  return group.includes('.') ? [] : [invalid('spec.group', group, 'should be a domain with at least one dot')];
}

function validateVersions(versions: readonly Version[]): FieldError[] {
  const findings: FieldError[] = [];
  for (const [index, version] of versions.entries()) {
    const problems = dns1035LabelProblems(version.name);
    if (problems.length > 0) findings.push(invalid(`spec.versions[${index}].name`, version.name, problems.join(',')));
    if (version.deprecationWarning !== undefined) findings.push(...validateDeprecation(version, `spec.versions[${index}].deprecationWarning`));
  }
  if (new Set(versions.map(({ name }) => name)).size !== versions.length) findings.push(invalid('spec.versions', internalVersions(versions), 'must contain unique version names'));
  if (versions.filter(({ storage }) => storage).length !== 1) findings.push(invalid('spec.versions', internalVersions(versions), 'must have exactly one version marked as storage version'));
  return findings;
}

function validateDeprecation({ deprecated, deprecationWarning = '' }: Version, path: string): FieldError[] {
  if (!deprecated) return [invalid(path, deprecationWarning, 'can only be set for deprecated versions')];
  if (deprecationWarning === '') return [invalid(path, deprecationWarning, 'must not be an empty string')];
  return [...deprecationWarning].length > 256 ? [invalid(path, deprecationWarning, 'must be <= 256 characters long')] : [];
}

/**
 * What differs by version is judged where it stands; what is the same in all of them is lifted to the top first, so that
 * findings of a definition with one version read `spec.validation.…`. models apiextensions/v1: conversion.go
 */
function validateParts(spec: CustomResourceDefinitionSpec, previous: CustomResourceDefinitionSpec | undefined): FieldError[] {
  const versions = spec.versions ?? [];
  const isSame = (part: keyof Version): boolean => versions.every((version) => deepEqual(version[part], versions[0]?.[part]));
  const places = (part: keyof Version, lifted: string): (readonly [Version, string])[] =>
    isSame(part) ? versions.slice(0, 1).map((version) => [version, lifted] as const) : versions.map((version, index) => [version, `spec.versions[${index}].`] as const);
  const oldSchema = (name: string): unknown => previous?.versions.find((version) => version.name === name)?.schema?.openAPIV3Schema;
  return [
    ...places('schema', 'spec.validation.').flatMap(([version, at]) => {
      const path = at === 'spec.validation.' ? 'spec.validation' : `${at}schema`;
      return validateSchemaOf(version.schema?.openAPIV3Schema, path, version.subresources?.status !== undefined, deepEqual(oldSchema(version.name), version.schema?.openAPIV3Schema));
    }),
    ...places('subresources', 'spec.').flatMap(([version, at]) => validateSubresources(version.subresources, `${at}subresources`)),
    ...places('additionalPrinterColumns', 'spec.').flatMap(([version, at]) => validateColumns(version.additionalPrinterColumns, `${at}additionalPrinterColumns`)),
    ...places('selectableFields', 'spec.').flatMap(([version, at]) => validateSelectableFields(version, `${at}selectableFields`)),
  ];
}

/** What the storage depends on stays. Once the names are established, the kind and the scope do too. */
function validateImmutable(crd: CustomResourceDefinition, previous: CustomResourceDefinition): FieldError[] {
  const immutable = (path: string, next: unknown, before: unknown): FieldError[] => (next === before ? [] : [invalid(path, next, 'field is immutable')]);
  const established = isConditionTrue(previous, 'Established');
  return [
    ...(established ? [...immutable('spec.scope', crd.spec.scope, previous.spec.scope), ...immutable('spec.names.kind', crd.spec.names.kind, previous.spec.names.kind)] : []),
    ...immutable('spec.group', crd.spec.group, previous.spec.group),
    ...immutable('spec.names.plural', crd.spec.names.plural, previous.spec.names.plural),
  ];
}

function validateStoredVersions({ spec, status }: CustomResourceDefinition): FieldError[] {
  const stored = status?.storedVersions ?? null;
  if (!stored || stored.length === 0) return [invalid('status.storedVersions', stored, 'must have at least one stored version')];
  return stored.flatMap((name, index) =>
    (spec.versions ?? []).some((version) => version.name === name)
      ? []
      : [invalid(`status.storedVersions[${index}]`, name, `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`)],
  );
}

const APPROVAL = 'api-approved.kubernetes.io';

/** Groups of the Kubernetes community need an approval. models apihelpers: GetAPIApprovalState */
function validateApproval({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec.group)) return [];
  const value = metadata.annotations?.[APPROVAL];
  const path = `metadata.annotations[${APPROVAL}]`;
  if (!value) return [required(path, `protected groups must have approval annotation ${JSON.stringify(APPROVAL)}, see https://github.com/kubernetes/enhancements/pull/1111`)];
  if (value.startsWith('unapproved') || /^https?:\/\/[^/\s]+/.test(value)) return [];
  return [invalid(path, value, `protected groups must have approval annotation ${JSON.stringify(APPROVAL)} with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`)];
}
