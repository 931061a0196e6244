import { namesWhere, settersText, type Check } from '../check.ts';

/** models policy/check_windowsHostProcess */
export const windowsHostProcess: Check = {
  id: 'windowsHostProcess', level: 'baseline',
  versions: [{
    from: 0,
    check(spec) {
      const setters = settersText(spec.securityContext?.windowsOptions?.hostProcess === true, namesWhere(spec, (context) => context?.windowsOptions?.hostProcess === true));
      return setters === '' ? undefined : { reason: 'hostProcess', detail: `${setters} must not set securityContext.windowsOptions.hostProcess=true` };
    },
  }],
};
