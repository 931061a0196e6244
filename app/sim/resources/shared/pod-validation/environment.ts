import type { EnvFromSource, EnvVar } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { dns1123SubdomainProblems } from '../../../machinery/names.ts';
import { configKeyProblems } from '../config-keys.ts';
import { invalid, invalidName, required } from '../findings.ts';
import { ENVIRONMENT_FIELD_PATHS, fieldRefFindings, resourceFieldRefFindings } from './field-refs.ts';

/** models apimachinery validation: IsRelaxedEnvVarName */
const PRINTABLE = /^[ -<>-~]+$/;
const NOT_A_NAME = "a valid environment variable name must consist only of printable ASCII characters other than '='";

/** models pkg/apis/core/validation: ValidateEnv */
export function validateEnvironment(variables: readonly EnvVar[] | undefined, field: string): FieldError[] {
  return (variables ?? []).flatMap((variable, index) => {
    const at = `${field}[${index}]`;
    const findings: FieldError[] = [];
    if (!variable.name) findings.push(required(`${at}.name`));
    else if (!PRINTABLE.test(variable.name)) findings.push(invalid(`${at}.name`, variable.name, NOT_A_NAME));
    return [...findings, ...validateSource(variable, `${at}.valueFrom`)];
  });
}

function validateSource({ value, valueFrom }: Readonly<EnvVar>, at: string): FieldError[] {
  if (!valueFrom) return [];
  const findings: FieldError[] = [];
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef) findings.push(...fieldRefFindings(fieldRef, ENVIRONMENT_FIELD_PATHS, `${at}.fieldRef`));
  if (resourceFieldRef) findings.push(...resourceFieldRefFindings(resourceFieldRef, `${at}.resourceFieldRef`, false));
  if (configMapKeyRef) findings.push(...keyRefFindings(configMapKeyRef, `${at}.configMapKeyRef`));
  if (secretKeyRef) findings.push(...keyRefFindings(secretKeyRef, `${at}.secretKeyRef`));
  const sources = Object.values(valueFrom).filter((source) => source !== undefined).length;
  if (sources === 0) findings.push(invalid(at, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'));
  if (value) {
    if (sources !== 0) findings.push(invalid(at, '', 'may not be specified when `value` is not empty'));
  } else if (sources > 1) findings.push(invalid(at, '', 'may not have more than one field specified at a time'));
  return findings;
}

function keyRefFindings(ref: { readonly name?: string; readonly key: string }, at: string): FieldError[] {
  return [
    ...invalidName(`${at}.name`, ref.name ?? '', dns1123SubdomainProblems(ref.name ?? '')),
    ...(ref.key ? invalidName(`${at}.key`, ref.key, configKeyProblems(ref.key)) : [required(`${at}.key`)]),
  ];
}

/** models pkg/apis/core/validation: ValidateEnvFrom */
export function validateEnvironmentFrom(sources: readonly EnvFromSource[] | undefined, field: string): FieldError[] {
  return (sources ?? []).flatMap((source, index) => {
    const at = `${field}[${index}]`;
    const findings: FieldError[] = source.prefix && !PRINTABLE.test(source.prefix) ? [invalid(`${at}.prefix`, source.prefix, NOT_A_NAME)] : [];
    for (const kind of ['configMapRef', 'secretRef'] as const) {
      const ref = source[kind];
      if (ref) findings.push(...(ref.name ? invalidName(`${at}.${kind}.name`, ref.name, dns1123SubdomainProblems(ref.name)) : [required(`${at}.${kind}.name`)]));
    }
    if (!source.configMapRef && !source.secretRef) findings.push(invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (source.configMapRef && source.secretRef) findings.push(invalid(field, '', 'may not have more than one field specified at a time'));
    return findings;
  });
}
