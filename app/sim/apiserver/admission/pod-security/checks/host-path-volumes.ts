import { named, type Check } from '../check.ts';

/** models policy/check_hostPathVolumes */
export const hostPathVolumes: Check = {
  id: 'hostPathVolumes', level: 'baseline',
  versions: [{
    from: 0,
    check(spec) {
      const bad = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
      return bad.length === 0 ? undefined : { reason: 'hostPath volumes', detail: named('volume', bad) };
    },
  }],
};
