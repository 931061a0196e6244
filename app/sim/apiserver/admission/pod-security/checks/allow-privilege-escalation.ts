import { isWindows, named, namesWhere, type Check, type CheckPod } from '../check.ts';

const check: CheckPod = (spec) => {
  const bad = namesWhere(spec, (context) => context?.allowPrivilegeEscalation !== false);
  return bad.length === 0 ? undefined : { reason: 'allowPrivilegeEscalation != false', detail: `${named('container', bad)} must set securityContext.allowPrivilegeEscalation=false` };
};

/** No process may gain more rights than its parent. models policy/check_allowPrivilegeEscalation */
export const allowPrivilegeEscalation: Check = {
  id: 'allowPrivilegeEscalation', level: 'restricted',
  versions: [{ from: 8, check }, { from: 25, check: (spec, metadata) => (isWindows(spec) ? undefined : check(spec, metadata)) }],
};
