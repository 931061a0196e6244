import type { ObjectMeta, PodSpec } from '../../../../contracts/k8s/index.ts';
import { allowPrivilegeEscalation } from './checks/allow-privilege-escalation.ts';
import { appArmorProfile } from './checks/app-armor-profile.ts';
import { capabilitiesBaseline } from './checks/capabilities-baseline.ts';
import { capabilitiesRestricted } from './checks/capabilities-restricted.ts';
import { hostNamespaces } from './checks/host-namespaces.ts';
import { hostPathVolumes } from './checks/host-path-volumes.ts';
import { hostPorts } from './checks/host-ports.ts';
import { hostProbes } from './checks/host-probes.ts';
import { privileged } from './checks/privileged.ts';
import { procMount } from './checks/proc-mount.ts';
import { restrictedVolumes } from './checks/restricted-volumes.ts';
import { runAsNonRoot } from './checks/run-as-non-root.ts';
import { runAsUser } from './checks/run-as-user.ts';
import { seccompProfileBaseline, seccompProfileRestricted } from './checks/seccomp-profile.ts';
import { seLinuxOptions } from './checks/selinux-options.ts';
import { sysctls } from './checks/sysctls.ts';
import { windowsHostProcess } from './checks/windows-host-process.ts';
import type { Check, CheckPod, Violation } from './check.ts';
import type { LevelVersion } from './policy.ts';

/** By id, baseline first: the order in which violations are told. */
const CHECKS: readonly Check[] = [
  appArmorProfile, capabilitiesBaseline, hostNamespaces, hostPathVolumes, hostPorts, hostProbes, privileged, procMount, seLinuxOptions, seccompProfileBaseline, sysctls, windowsHostProcess,
  allowPrivilegeEscalation, capabilitiesRestricted, restrictedVolumes, runAsNonRoot, runAsUser, seccompProfileRestricted,
];

const forms = new Map<string, readonly CheckPod[]>();

/** Everything in which a Pod falls short of a level. models pod-security-admission/policy: checkRegistry.EvaluatePod */
export function evaluatePod(wanted: LevelVersion, metadata: Readonly<ObjectMeta>, spec: Readonly<PodSpec>): Violation[] {
  if (wanted.level === 'privileged') return [];
  const key = `${wanted.level}:${wanted.version ?? ''}`;
  let checks = forms.get(key);
  if (!checks) forms.set(key, (checks = formsOf(wanted)));
  return checks.flatMap((check) => check(spec, metadata) ?? []);
}

/** The form of each check that holds in a version; those of the baseline that a stricter one covers are left out. */
function formsOf({ level, version }: LevelVersion): CheckPod[] {
  const formOf = (check: Check): CheckPod | undefined => check.versions.findLast(({ from }) => version === undefined || from <= version)?.check;
  const chosen = CHECKS.filter((check) => (level === 'restricted' || check.level === 'baseline') && formOf(check));
  const overridden = new Set(chosen.flatMap(({ overrides = [] }) => overrides));
  return chosen.filter(({ id }) => !overridden.has(id)).map((check) => formOf(check)!);
}

/** `privileged (container "a" must not …), hostPort (…)` */
export function violationsText(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
}
