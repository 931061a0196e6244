import { named, namesWhere, type Check } from '../check.ts';

/** models policy/check_privileged */
export const privileged: Check = {
  id: 'privileged', level: 'baseline',
  versions: [{
    from: 0,
    check(spec) {
      const bad = namesWhere(spec, (context) => context?.privileged === true);
      return bad.length === 0 ? undefined : { reason: 'privileged', detail: `${named('container', bad)} must not set securityContext.privileged=true` };
    },
  }],
};
