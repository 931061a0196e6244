import type { PodSpec, SeccompProfile, SecurityContext } from '../../../../contracts/k8s/index.ts';
import { Verbatim, type FieldError } from '../../../machinery/field-error.ts';
import { invalid, notSupported, required } from '../findings.ts';

const LARGEST_ID = 2 ** 31 - 1;
/** The fields of the internal type, in its order: what a refusal prints. */
const INTERNAL = ['capabilities', 'privileged', 'seLinuxOptions', 'windowsOptions', 'runAsUser', 'runAsGroup', 'runAsNonRoot', 'readOnlyRootFilesystem', 'allowPrivilegeEscalation', 'procMount', 'seccompProfile', 'appArmorProfile'] as const;

function idFindings(id: number | undefined, field: string): FieldError[] {
  return id !== undefined && (id < 0 || id > LARGEST_ID) ? [invalid(field, id, `must be between 0 and ${LARGEST_ID}, inclusive`)] : [];
}

/** models pkg/apis/core/validation: validateSeccompProfileField */
function seccompFindings(profile: Readonly<SeccompProfile> | undefined, at: string): FieldError[] {
  if (!profile) return [];
  if (!profile.type) return [required(`${at}.type`, 'type is required when seccompProfile is set')];
  const types = ['Localhost', 'RuntimeDefault', 'Unconfined'];
  if (!types.includes(profile.type)) return [notSupported(`${at}.type`, profile.type, types)];
  if (profile.type === 'Localhost') return profile.localhostProfile ? [] : [required(`${at}.localhostProfile`, 'must be set when seccomp type is Localhost')];
  return profile.localhostProfile === undefined ? [] : [invalid(`${at}.localhostProfile`, profile.localhostProfile, 'can only be set when seccomp type is Localhost')];
}

/** models pkg/apis/core/validation: ValidateSecurityContext */
export function validateSecurityContext(context: Readonly<SecurityContext> | undefined, at: string): FieldError[] {
  if (!context) return [];
  const findings = [...idFindings(context.runAsUser, `${at}.runAsUser`), ...idFindings(context.runAsGroup, `${at}.runAsGroup`)];
  if (context.procMount !== undefined && !['Default', 'Unmasked'].includes(context.procMount)) findings.push(notSupported(`${at}.procMount`, context.procMount, ['Default', 'Unmasked']));
  findings.push(...seccompFindings(context.seccompProfile, `${at}.seccompProfile`));
  if (context.allowPrivilegeEscalation !== false) return findings;
  if (context.privileged) findings.push(invalid(at, internalText(context), 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) findings.push(invalid(at, internalText(context), 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'));
  return findings;
}

function capitalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(capitalized);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key[0]!.toUpperCase() + key.slice(1), capitalized(item)]));
}

function internalText(context: Readonly<SecurityContext>): Verbatim {
  return new Verbatim(JSON.stringify(Object.fromEntries(INTERNAL.map((field) => [field === 'seLinuxOptions' ? 'SELinuxOptions' : field[0]!.toUpperCase() + field.slice(1), capitalized(context[field as keyof SecurityContext])]))));
}

/** models pkg/apis/core/validation: validatePodSpecSecurityContext */
export function validatePodSecurityContext(spec: Readonly<PodSpec>, field: string): FieldError[] {
  const context = spec.securityContext;
  const at = `${field}.securityContext`;
  const findings: FieldError[] = [];
  if (!context) return findings;
  findings.push(...idFindings(context.fsGroup, `${at}.fsGroup`), ...idFindings(context.runAsUser, `${at}.runAsUser`), ...idFindings(context.runAsGroup, `${at}.runAsGroup`));
  for (const [index, group] of (context.supplementalGroups ?? []).entries()) findings.push(...idFindings(group, `${at}.supplementalGroups[${index}]`));
  if (spec.shareProcessNamespace && spec.hostPID) findings.push(invalid(`${field}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'));
  const sysctls = new Set<string>();
  for (const [index, sysctl] of (context.sysctls ?? []).entries()) {
    if (!sysctl.name) findings.push(required(`${at}.sysctls[${index}].name`));
    else if (!/^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*([a-z0-9][-_a-z0-9]*)?[a-z0-9]$/.test(sysctl.name)) findings.push(invalid(`${at}.sysctls[${index}].name`, sysctl.name, 'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'));
    else if (sysctls.has(sysctl.name)) findings.push({ type: 'Duplicate', field: `${at}.sysctls[${index}].name`, value: sysctl.name, detail: '' });
    sysctls.add(sysctl.name);
  }
  if (context.fsGroupChangePolicy !== undefined && !['Always', 'OnRootMismatch'].includes(context.fsGroupChangePolicy)) findings.push(notSupported(`${at}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']));
  return [...findings, ...seccompFindings(context.seccompProfile, `${at}.seccompProfile`)];
}
