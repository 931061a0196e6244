import type { Check } from '../check.ts';

/** models policy/check_hostNamespaces */
export const hostNamespaces: Check = {
  id: 'hostNamespaces', level: 'baseline',
  versions: [{
    from: 0,
    check(spec) {
      const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field]).map((field) => `${field}=true`);
      return used.length === 0 ? undefined : { reason: 'host namespaces', detail: used.join(', ') };
    },
  }],
};
