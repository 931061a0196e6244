import { distinctSorted, joinQuote, namesWhere, plural, settersText, type Check } from '../check.ts';

const ANNOTATION_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';
const ALLOWED_TYPES = new Set(['RuntimeDefault', 'Localhost']);
type Confined = { readonly appArmorProfile?: { readonly type?: string } };
const badType = (context: Confined | undefined): string | undefined => (context?.appArmorProfile && !ALLOWED_TYPES.has(context.appArmorProfile.type ?? '') ? (context.appArmorProfile.type ?? '') : undefined);

/** The default AppArmor profile stays on. models policy/check_appArmorProfile */
export const appArmorProfile: Check = {
  id: 'appArmorProfile', level: 'baseline',
  versions: [{
    from: 0,
    check(spec, metadata) {
      const values: string[] = [];
      const isBad = (context: Confined | undefined): boolean => {
        const type = badType(context);
        if (type !== undefined) values.push(type);
        return type !== undefined;
      };
      const setters = settersText(isBad(spec.securityContext), namesWhere(spec, isBad));
      const annotations = Object.entries(metadata.annotations ?? {})
        .filter(([key, value]) => key.startsWith(ANNOTATION_PREFIX) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'))
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .sort();
      if (setters === '' && annotations.length === 0) return undefined;
      const all = [...distinctSorted(values), ...annotations];
      const who = [...(setters === '' ? [] : [setters]), ...(annotations.length === 0 ? [] : [plural('annotation', 'annotations', annotations.length)])].join(' and ');
      return { reason: plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', all.length), detail: `${who} must not set AppArmor profile type to ${joinQuote(all)}` };
    },
  }],
};
