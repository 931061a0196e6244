import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UserInfo } from '../../machinery/transport.ts';
import { impersonate, type DistinctHeaders } from '../authentication/impersonation.ts';
import { requestInfo } from '../filters/request-info.ts';
import type { Authorizer } from '../interfaces.ts';
import { createTestApiServer, type TestApiServer } from '../testing.ts';

let api: TestApiServer;
beforeEach(async () => {
  api = await createTestApiServer();
});
afterEach(() => api.dispose());

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const send = async (path: string, body: unknown, user?: UserInfo): Promise<any> =>
  (await (user ? api.transport({ part: 'you', user, userAgent: 'kubectl/v1.35.2' }) : api.admin).send<any>({ method: 'POST', path, body, cause: [] })).body;
const post = (path: string, body: unknown, user?: UserInfo): Promise<any> => send(`${RBAC}/${path}`, body, user);
const jane: UserInfo = { name: 'jane', groups: ['devs', 'system:authenticated'] };
const rule = (resources: string[], verbs: string[], more: object = {}): object => ({ apiGroups: [''], resources, verbs, ...more });

async function grant(rules: readonly object[]): Promise<void> {
  await post('clusterroles', { metadata: { name: 'janes' }, rules });
  await post('clusterrolebindings', { metadata: { name: 'janes' }, roleRef: { kind: 'ClusterRole', name: 'janes' }, subjects: [{ kind: 'User', name: 'jane' }] });
}

describe('access reviews', () => {
  it('say what the authorizer would, and by which binding', async () => {
    await send('/api/v1/namespaces', { metadata: { name: 'lab' } });
    await post('namespaces/lab/roles', { metadata: { name: 'reader' }, rules: [rule(['pods'], ['list'])] });
    await post('namespaces/lab/rolebindings', { metadata: { name: 'reader' }, roleRef: { kind: 'Role', name: 'reader' }, subjects: [{ kind: 'Group', name: 'devs' }] });
    await post('namespaces/lab/rolebindings', { metadata: { name: 'ghost' }, roleRef: { kind: 'ClusterRole', name: 'none' }, subjects: [{ kind: 'User', name: 'jane' }] });
    const review = async (verb: string): Promise<unknown> =>
      (await send('/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: { user: 'jane', groups: ['devs'], resourceAttributes: { namespace: 'lab', verb, resource: 'pods' } } })).status;
    expect(await review('list')).toEqual({ allowed: true, reason: 'RBAC: allowed by RoleBinding "reader/lab" of Role "reader" to Group "devs"' });
    expect(await review('delete')).toEqual({ allowed: false, reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "none" not found' });
    const rules = await send('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { spec: { namespace: 'lab' } }, jane);
    expect(rules.status.resourceRules).toContainEqual({ verbs: ['list'], apiGroups: [''], resources: ['pods'] });
  });

  it('are refused in the words of the real one, and never stored', async () => {
    await expect(send('/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: {} })).rejects.toMatchObject({
      code: 422,
      message: '.authorization.k8s.io "" is invalid: [spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: Invalid value: "": at least one of user or group must be specified]',
    });
    await expect(api.admin.send({ method: 'GET', path: '/apis/authorization.k8s.io/v1/subjectaccessreviews', cause: [] })).rejects.toMatchObject({ code: 405 });
  });
});

describe('giving rights away', () => {
  const wanted = { metadata: { name: 'boss' }, rules: [rule(['secrets', 'pods'], ['get', 'list'])] };

  it('is refused beyond what one has, and told what is missing', async () => {
    await grant([rule(['pods'], ['get']), { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles', 'clusterrolebindings'], verbs: ['create'] }]);
    await expect(post('clusterroles', wanted, jane)).rejects.toMatchObject({
      code: 403,
      message: 'clusterroles.rbac.authorization.k8s.io "boss" is forbidden: user "jane" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["pods"], Verbs:["list"]}\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
    });
    await expect(post('clusterroles', { metadata: { name: 'own' }, rules: [rule(['pods'], ['get'], { resourceNames: ['a'] })] }, jane)).resolves.toBeDefined();
    await expect(post('clusterrolebindings', { metadata: { name: 'x' }, roleRef: { kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'User', name: 'jane' }] }, jane)).rejects.toMatchObject({ code: 403 });
  });

  it('goes with the verbs escalate and bind', async () => {
    await grant([{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles', 'clusterrolebindings'], verbs: ['create', 'escalate', 'bind'] }]);
    await expect(post('clusterroles', wanted, jane)).resolves.toBeDefined();
    await expect(post('clusterrolebindings', { metadata: { name: 'x' }, roleRef: { kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'User', name: 'jane' }] }, jane)).resolves.toBeDefined();
  });
});

describe('acting as somebody else', () => {
  const admin: UserInfo = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };
  const everything: Authorizer = { authorize: () => ({ allowed: true, reason: '' }) };
  const only = (...verbs: string[]): Authorizer => ({ authorize: ({ verb, resource }) => ({ allowed: verbs.includes(`${verb} ${resource}`), reason: '' }) });
  const info = requestInfo('GET', '/api/v1/namespaces/lab/pods', {});
  const act = (headers: DistinctHeaders, authorizer: Authorizer, user = jane): UserInfo => impersonate(user, headers, info, authorizer);

  it.each<[string, DistinctHeaders, Partial<UserInfo>]>([
    ['nobody else', {}, admin],
    ['a user', { 'impersonate-user': ['bob'] }, { name: 'bob', groups: ['system:authenticated'] }],
    ['a user with groups and more', { 'impersonate-user': ['bob'], 'impersonate-group': ['a', 'b'], 'impersonate-uid': ['7'], 'impersonate-extra-scopes': ['view'] }, { name: 'bob', uid: '7', groups: ['a', 'b', 'system:authenticated'], extra: { scopes: ['view'] } }],
    ['a service account', { 'impersonate-user': ['system:serviceaccount:lab:robot'] }, { groups: ['system:serviceaccounts', 'system:serviceaccounts:lab', 'system:authenticated'] }],
    ['a node', { 'impersonate-user': ['system:node:worker-1'] }, { groups: ['system:nodes', 'system:authenticated'] }],
    ['nobody known', { 'impersonate-user': ['system:anonymous'] }, { groups: ['system:unauthenticated'] }],
    ['a master, the old way', { 'impersonate-user': ['bob'], 'impersonate-group': ['system:masters'] }, { groups: ['system:masters', 'system:authenticated'] }],
  ])('as %s', (_, headers, expected) => expect(act(headers, everything, admin)).toMatchObject(expected));

  it('needs a name, and the right to', () => {
    expect(() => act({ 'impersonate-group': ['x'] }, everything)).toThrow('requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"x"}, Extra:map[string][]string(nil)} without impersonating a user name');
    expect(() => act({ 'impersonate-user': ['bob'] }, only())).toThrow('pods is forbidden: User "jane" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "lab"');
    expect(act({ 'impersonate-user': ['bob'] }, only('impersonate users')).name).toBe('bob');
    expect(act({ 'impersonate-user': ['bob'] }, only('impersonate-on:user-info:list pods', 'impersonate:user-info users')).name).toBe('bob');
    expect(() => act({ 'impersonate-user': ['bob'], 'impersonate-group': ['system:masters'] }, only('impersonate-on:user-info:list pods', 'impersonate:user-info users', 'impersonate:user-info groups'))).toThrow('impersonating the system:masters group is not allowed');
  });
});

describe('tokens of service accounts', () => {
  const TOKEN = '/api/v1/namespaces/default/serviceaccounts/robot/token';
  const review = async (token: string, audiences?: string[]): Promise<any> => (await send('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token, ...(audiences ? { audiences } : {}) } })).status;
  beforeEach(() => send('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'robot' } }));

  it('say who their bearer is until they expire, for their audience only', async () => {
    const { status, spec } = await send(TOKEN, { spec: { expirationSeconds: 600, audiences: ['vault'] } });
    expect(spec.expirationSeconds).toBe(600);
    expect(status.expirationTimestamp).toBe('2026-01-01T00:10:00Z');
    expect(await review(status.token, ['vault'])).toMatchObject({ authenticated: true, audiences: ['vault'], user: { username: 'system:serviceaccount:default:robot' } });
    expect(await review(status.token)).toEqual({ user: {}, error: '[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["https://kubernetes.default.svc.cluster.local"]]' });
    await api.clock.advance(601_000);
    expect(await review(status.token, ['vault'])).toMatchObject({ error: '[invalid bearer token, service account token has expired]' });
  });

  it.each([
    ['a short life', { expirationSeconds: 5 }, 'spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes'],
    ['an absent Pod', { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'none' } }, 'pods "none" not found'],
    ['another kind', { boundObjectRef: { apiVersion: 'v1', kind: 'ConfigMap', name: 'x' } }, 'cannot bind token to object of type /v1, Kind=ConfigMap'],
  ])('are refused with %s', (_, spec, message) => expect(send(TOKEN, { spec })).rejects.toThrow(message));

  it('die with the Secret to which they are bound', async () => {
    await send('/api/v1/namespaces/default/secrets', { metadata: { name: 's' } });
    const { status } = await send(TOKEN, { spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 's' } } });
    expect(await review(status.token)).toMatchObject({ authenticated: true });
    await api.admin.send({ method: 'DELETE', path: '/api/v1/namespaces/default/secrets/s', cause: [] });
    expect(await review(status.token)).not.toHaveProperty('authenticated');
  });
});
