import { named, namesWhere, relaxed, settersText, type Check, type CheckPod } from '../check.ts';

const check: CheckPod = (spec) => {
  const ofPod = spec.securityContext?.runAsNonRoot;
  const setters = settersText(ofPod === false, namesWhere(spec, (context) => context?.runAsNonRoot === false));
  if (setters !== '') return { reason: 'runAsNonRoot != true', detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  const silent = ofPod === true ? [] : namesWhere(spec, (context) => context?.runAsNonRoot === undefined);
  return silent.length === 0 ? undefined : { reason: 'runAsNonRoot != true', detail: `pod or ${named('container', silent)} must set securityContext.runAsNonRoot=true` };
};

/** models policy/check_runAsNonRoot */
export const runAsNonRoot: Check = { id: 'runAsNonRoot', level: 'restricted', versions: [{ from: 0, check }, { from: 35, check: relaxed(check) }] };
