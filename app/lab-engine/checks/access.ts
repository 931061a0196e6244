import type { CheckType } from './check.ts';

/** The groups that the API server gives to an account by its name alone. */
function groupsOf(user: string): string[] {
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(user) ?? [];
  return namespace === undefined ? ['system:authenticated'] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
}

/** Somebody may do something, or may not: asked of the API server itself by a SubjectAccessReview. */
export const access: CheckType<'access'> = {
  kind: 'access',
  async run({ user, verb, group = '', resource, subresource, namespace, allowed }, { cluster, signal }) {
    const resourceAttributes = { verb, group, resource, ...(subresource ? { subresource } : {}), ...(namespace ? { namespace } : {}) };
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user, groups: groupsOf(user), resourceAttributes } };
    const { status } = await cluster.client.create<{ status?: { allowed?: boolean } }>({ group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' }, review, signal);
    const may = status?.allowed === true;
    const what = `${verb} ${resource}${subresource ? `/${subresource}` : ''}${namespace ? ` in ${namespace}` : ''}`;
    const say = (yes: boolean): string => `${user} ${yes ? 'may' : 'may not'} ${what}`;
    return { passed: may === allowed, expected: say(allowed), observed: say(may) };
  },
};
