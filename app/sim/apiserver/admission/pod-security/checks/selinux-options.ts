import type { SELinuxOptions } from '../../../../../contracts/k8s/index.ts';
import { distinctSorted, named, namesWhere, settersText, type Check, type CheckPod } from '../check.ts';

function checkWith(allowed: readonly string[]): CheckPod {
  return (spec) => {
    const types: string[] = [];
    let user = false;
    let role = false;
    const isBad = (options: SELinuxOptions | undefined): boolean => {
      if (!options) return false;
      const isBadType = Boolean(options.type) && !allowed.includes(options.type!);
      if (isBadType) types.push(options.type!);
      user ||= Boolean(options.user);
      role ||= Boolean(options.role);
      return isBadType || Boolean(options.user) || Boolean(options.role);
    };
    const setters = settersText(isBad(spec.securityContext?.seLinuxOptions), namesWhere(spec, (context) => isBad(context?.seLinuxOptions)));
    if (setters === '') return undefined;
    const data = [...(types.length > 0 ? [named('type', distinctSorted(types))] : []), ...(user ? ['user may not be set'] : []), ...(role ? ['role may not be set'] : [])];
    return { reason: 'seLinuxOptions', detail: `${setters} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}` };
  };
}

const TYPES = ['container_t', 'container_init_t', 'container_kvm_t'];

/** models policy/check_seLinuxOptions */
export const seLinuxOptions: Check = { id: 'seLinuxOptions', level: 'baseline', versions: [{ from: 0, check: checkWith(TYPES) }, { from: 31, check: checkWith([...TYPES, 'container_engine_t']) }] };
