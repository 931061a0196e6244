import { distinctSorted, isWindows, joinQuote, named, namesWhere, type Check, type CheckPod } from '../check.ts';

const check: CheckPod = (spec) => {
  const added: string[] = [];
  const keeping = namesWhere(spec, (context) => !context?.capabilities?.drop?.includes('ALL'));
  const adding = namesWhere(spec, (context) => {
    const beyond = (context?.capabilities?.add ?? []).filter((capability) => capability !== 'NET_BIND_SERVICE');
    added.push(...beyond);
    return beyond.length > 0;
  });
  const details = [
    ...(keeping.length > 0 ? [`${named('container', keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0 ? [`${named('container', adding)} must not include ${joinQuote(distinctSorted(added))} in securityContext.capabilities.add`] : []),
  ];
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

/** All capabilities dropped, at most the binding of low ports added. models policy/check_capabilities_restricted */
export const capabilitiesRestricted: Check = {
  id: 'capabilities_restricted', level: 'restricted', overrides: ['capabilities_baseline'],
  versions: [{ from: 22, check }, { from: 25, check: (spec, metadata) => (isWindows(spec) ? undefined : check(spec, metadata)) }],
};
