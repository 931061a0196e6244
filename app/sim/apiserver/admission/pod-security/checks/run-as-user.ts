import { namesWhere, relaxed, settersText, type Check, type CheckPod } from '../check.ts';

const check: CheckPod = (spec) => {
  const setters = settersText(spec.securityContext?.runAsUser === 0, namesWhere(spec, (context) => context?.runAsUser === 0));
  return setters === '' ? undefined : { reason: 'runAsUser=0', detail: `${setters} must not set runAsUser=0` };
};

/** models policy/check_runAsUser */
export const runAsUser: Check = { id: 'runAsUser', level: 'restricted', versions: [{ from: 23, check }, { from: 35, check: relaxed(check) }] };
