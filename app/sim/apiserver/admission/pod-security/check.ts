import type { Container, ObjectMeta, PodSpec, SecurityContext } from '../../../../contracts/k8s/index.ts';

export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export type CheckPod = (spec: Readonly<PodSpec>, metadata: Readonly<ObjectMeta>) => Violation | undefined;

/** One rule of the Pod Security Standards, with its forms by version. models pod-security-admission/policy: Check */
export interface Check {
  readonly id: string;
  readonly level: 'baseline' | 'restricted';
  /** Checks of the baseline that this one makes superfluous. */
  readonly overrides?: readonly string[];
  /** By the minor version from which each form holds, oldest first. */
  readonly versions: readonly { readonly from: number; readonly check: CheckPod }[];
}

/** In upstream's order: init containers come first. models policy: visitContainers */
export function containersOf(spec: Readonly<PodSpec>): readonly Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...((spec.ephemeralContainers ?? []) as Container[])];
}

/** Names of the containers whose security context is found wanting. */
export function namesWhere(spec: Readonly<PodSpec>, isBad: (context: Readonly<SecurityContext> | undefined, container: Readonly<Container>) => boolean): string[] {
  return containersOf(spec).filter((container) => isBad(container.securityContext, container)).map(({ name }) => name);
}

/** `"a", "b"` */
export function joinQuote(items: readonly string[]): string {
  return items.map((item) => JSON.stringify(item)).join(', ');
}

/** `containers "a", "b"` */
export function named(one: string, names: readonly string[]): string {
  return `${one}${names.length === 1 ? '' : 's'} ${joinQuote(names)}`;
}

export function plural(one: string, many: string, count: number): string {
  return count === 1 ? one : many;
}

/** Those who set a wrong value: `pod and container "a"`; '' when nobody does. */
export function settersText(isPod: boolean, containers: readonly string[]): string {
  return [...(isPod ? ['pod'] : []), ...(containers.length > 0 ? [named('container', containers)] : [])].join(' and ');
}

export function distinctSorted(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}

/** Root in a user namespace of its own is nobody outside: some rules are relaxed. models relaxPolicyForUserNamespacePod */
export function hasOwnUsers(spec: Readonly<PodSpec>): boolean {
  return spec.hostUsers === false;
}

export function relaxed(check: CheckPod): CheckPod {
  return (spec, metadata) => (hasOwnUsers(spec) ? undefined : check(spec, metadata));
}

export const isWindows = (spec: Readonly<PodSpec>): boolean => spec.os?.name === 'windows';
