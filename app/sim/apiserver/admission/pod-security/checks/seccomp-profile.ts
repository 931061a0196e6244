import type { PodSpec } from '../../../../../contracts/k8s/index.ts';
import { containersOf, distinctSorted, isWindows, joinQuote, named, namesWhere, plural, settersText, type Check, type CheckPod } from '../check.ts';

const POD_ANNOTATION = 'seccomp.security.alpha.kubernetes.io/pod';
const CONTAINER_ANNOTATION = 'container.seccomp.security.alpha.kubernetes.io/';
type Profiled = { readonly seccompProfile?: { readonly type?: string } };

const isValid = (type: string | undefined): boolean => type === 'RuntimeDefault' || type === 'Localhost';

/** Before there was a field. */
const annotations: CheckPod = (spec, { annotations: all = {} }) => {
  const keys = [POD_ANNOTATION, ...containersOf(spec).map(({ name }) => `${CONTAINER_ANNOTATION}${name}`)];
  const bad = distinctSorted(keys.filter((key) => all[key] !== undefined && !['runtime/default', 'docker/default'].includes(all[key]) && !all[key].startsWith('localhost/')).map((key) => `${key}=${JSON.stringify(all[key])}`));
  return bad.length === 0 ? undefined : { reason: 'seccompProfile', detail: `forbidden ${plural('annotation', 'annotations', bad.length)} ${bad.join(', ')}` };
};

/** Who sets a profile that is none of the safe ones. */
const wrong = (spec: Readonly<PodSpec>): ReturnType<CheckPod> => {
  const values: string[] = [];
  const isBad = (context: Profiled | undefined): boolean => {
    if (!context?.seccompProfile || isValid(context.seccompProfile.type)) return false;
    values.push(context.seccompProfile.type ?? '');
    return true;
  };
  const setters = settersText(isBad(spec.securityContext), namesWhere(spec, isBad));
  return setters === '' ? undefined : { reason: 'seccompProfile', detail: `${setters} must not set securityContext.seccompProfile.type to ${joinQuote(distinctSorted(values))}` };
};

const restricted: CheckPod = (spec) => {
  const found = wrong(spec);
  if (found) return found;
  const silent = isValid(spec.securityContext?.seccompProfile?.type) ? [] : namesWhere(spec, (context) => !context?.seccompProfile);
  return silent.length === 0 ? undefined : { reason: 'seccompProfile', detail: `pod or ${named('container', silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"` };
};

/** models policy/check_seccompProfile_baseline */
export const seccompProfileBaseline: Check = { id: 'seccompProfile_baseline', level: 'baseline', versions: [{ from: 0, check: annotations }, { from: 19, check: wrong }] };

/** models policy/check_seccompProfile_restricted */
export const seccompProfileRestricted: Check = {
  id: 'seccompProfile_restricted', level: 'restricted', overrides: ['seccompProfile_baseline'],
  versions: [{ from: 19, check: restricted }, { from: 25, check: (spec, metadata) => (isWindows(spec) ? undefined : restricted(spec, metadata)) }],
};
