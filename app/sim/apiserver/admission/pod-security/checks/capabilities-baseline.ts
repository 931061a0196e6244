import { distinctSorted, joinQuote, named, namesWhere, type Check } from '../check.ts';

const DEFAULTS = new Set(['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT']);

/** Only capabilities that a runtime gives by default. models policy/check_capabilities_baseline */
export const capabilitiesBaseline: Check = {
  id: 'capabilities_baseline', level: 'baseline',
  versions: [{
    from: 0,
    check(spec) {
      const added: string[] = [];
      const bad = namesWhere(spec, (context) => {
        const beyond = (context?.capabilities?.add ?? []).filter((capability) => !DEFAULTS.has(capability));
        added.push(...beyond);
        return beyond.length > 0;
      });
      return bad.length === 0 ? undefined : { reason: 'non-default capabilities', detail: `${named('container', bad)} must not include ${joinQuote(distinctSorted(added))} in securityContext.capabilities.add` };
    },
  }],
};
