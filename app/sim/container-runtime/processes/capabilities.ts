/** In order of their numbers. models uapi/linux/capability.h */
const NAMES = [
  'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP', 'LINUX_IMMUTABLE', 'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER', 'SYS_MODULE',
  'SYS_RAWIO', 'SYS_CHROOT', 'SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD', 'LEASE', 'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP', 'MAC_OVERRIDE',
  'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF', 'CHECKPOINT_RESTORE',
] as const;

/** What containerd grants when nobody says otherwise. */
const DEFAULT = ['CHOWN', 'DAC_OVERRIDE', 'FSETID', 'FOWNER', 'MKNOD', 'NET_RAW', 'SETGID', 'SETUID', 'SETFCAP', 'SETPCAP', 'NET_BIND_SERVICE', 'SYS_CHROOT', 'KILL', 'AUDIT_WRITE'];

/** The bounding set of a container. */
export function capabilitiesOf({ privileged, capabilities }: { readonly privileged: boolean; readonly capabilities?: { readonly add: readonly string[]; readonly drop: readonly string[] } }): ReadonlySet<string> {
  if (privileged) return new Set(NAMES);
  const plain = (name: string): string => name.toUpperCase().replace(/^CAP_/, '');
  const add = (capabilities?.add ?? []).map(plain);
  const drop = (capabilities?.drop ?? []).map(plain);
  const base = add.includes('ALL') ? [...NAMES] : drop.includes('ALL') ? [] : DEFAULT;
  return new Set([...base.filter((name) => !drop.includes(name)), ...add.filter((name) => name !== 'ALL')]);
}

/** The first capability that no kernel knows. */
export function unknownCapability(names: readonly string[]): string | undefined {
  return names.find((name) => name.toUpperCase() !== 'ALL' && !NAMES.includes(name.toUpperCase().replace(/^CAP_/, '') as 'CHOWN'));
}

/** Sixteen hexadecimal digits, as /proc/PID/status shows them. */
export function capabilityMask(set: ReadonlySet<string>): string {
  let mask = 0n;
  for (const [bit, name] of NAMES.entries()) if (set.has(name)) mask |= 1n << BigInt(bit);
  return mask.toString(16).padStart(16, '0');
}
