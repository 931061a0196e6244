import type { IncomingHttpHeaders } from 'node:http';
import { newForbidden } from '../../machinery/errors.ts';
import type { UserInfo } from '../../machinery/transport.ts';

/** `kubectl --as`: acts as somebody else. models apiserver/pkg/endpoints/filters: WithImpersonation */
export function impersonate(user: UserInfo, headers: IncomingHttpHeaders, mayImpersonate: (user: UserInfo) => boolean): UserInfo {
  const name = headers['impersonate-user'];
  const groups = headers['impersonate-group'];
  if (name === undefined && groups === undefined) return user;
  const target = String(name ?? '');
  if (!mayImpersonate(user)) {
    throw newForbidden({ group: '', resource: 'users' }, target, `User ${JSON.stringify(user.name)} cannot impersonate resource "users" in API group "" at the cluster scope`);
  }
  const given = groups === undefined ? [] : [groups].flat().flatMap((value) => value.split(', '));
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(target);
  const own = account && given.length === 0 ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : given;
  return { name: target, groups: target === 'system:anonymous' ? ['system:unauthenticated', ...own] : [...own, 'system:authenticated'] };
}
