import { distinctSorted, joinQuote, named, namesWhere, relaxed, type Check, type CheckPod } from '../check.ts';

const check: CheckPod = (spec) => {
  const types: string[] = [];
  const bad = namesWhere(spec, (context) => {
    if (context?.procMount === undefined || context.procMount === 'Default') return false;
    types.push(context.procMount);
    return true;
  });
  return bad.length === 0 ? undefined : { reason: 'procMount', detail: `${named('container', bad)} must not set securityContext.procMount to ${joinQuote(distinctSorted(types))}` };
};

/** models policy/check_procMount */
export const procMount: Check = { id: 'procMount', level: 'baseline', versions: [{ from: 0, check }, { from: 35, check: relaxed(check) }] };
