import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Pod } from '../../../contracts/k8s/index.ts';
import { createTestApiServer, type TestApiServer } from '../testing.ts';

let api: TestApiServer;
beforeEach(async () => {
  api = await createTestApiServer();
  await post('serviceaccounts', { metadata: { name: 'default' } });
});
afterEach(() => api.dispose());

const IN_DEFAULT = '/api/v1/namespaces/default';
const send = async (method: 'POST' | 'PUT' | 'PATCH', path: string, body: unknown, query = {}): Promise<{ body: any; warnings: readonly string[] }> =>
  api.admin.send<any>({ method, path, body, query, ...(method === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {}), cause: [] });
const post = async (resource: string, body: unknown, query = {}): Promise<any> => (await send('POST', `${IN_DEFAULT}/${resource}`, body, query)).body;
const pod = (name: string, container: object = {}, spec: object = {}): Pod => ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'nginx', ...container }], ...spec } });

describe('LimitRanger', () => {
  it('fills in, tells so, and refuses what is out of bounds', async () => {
    await post('limitranges', { metadata: { name: 'sizes' }, spec: { limits: [{ type: 'Container', default: { memory: '256Mi' }, defaultRequest: { memory: '128Mi' }, max: { memory: '512Mi' }, min: { memory: '64Mi' } }, { type: 'Pod', max: { memory: '600Mi' } }] } });
    const made = await post('pods', pod('a'));
    expect(made.spec.containers[0].resources).toEqual({ limits: { memory: '256Mi' }, requests: { memory: '128Mi' } });
    expect(made.metadata.annotations).toEqual({ 'kubernetes.io/limit-ranger': 'LimitRanger plugin set: memory request for container c; memory limit for container c' });
    // A plug-in that puts other metadata in place must not lose what the server writes.
    expect(made.metadata).toMatchObject({ uid: expect.stringMatching(/^[0-9a-f-]{36}$/), creationTimestamp: expect.any(String), resourceVersion: expect.any(String) });
    await expect(post('pods', pod('b', { resources: { limits: { memory: '1Gi' } } }))).rejects.toThrow('pods "b" is forbidden: [maximum memory usage per Container is 512Mi, but limit is 1Gi, maximum memory usage per Pod is 600Mi, but limit is 1Gi]');
    await expect(post('pods', pod('b', { resources: { requests: { memory: '1Mi' } } }))).rejects.toThrow('minimum memory usage per Container is 64Mi, but request is 1Mi');
  });
});

describe('ResourceQuota', () => {
  const quota = async (hard: Record<string, string>, used: Record<string, string>, spec = {}): Promise<void> => {
    const made = await post('resourcequotas', { metadata: { name: 'team' }, spec: { hard, ...spec } });
    await send('PUT', `${IN_DEFAULT}/resourcequotas/team/status`, { ...made, status: { hard, used } });
  };
  const used = async (): Promise<unknown> => (await api.admin.send<any>({ method: 'GET', path: `${IN_DEFAULT}/resourcequotas/team`, cause: [] })).body.status.used;

  it('charges what is made, and refuses more', async () => {
    await quota({ pods: '1', 'requests.cpu': '1', 'count/configmaps': '1' }, { pods: '0', 'requests.cpu': '0', 'count/configmaps': '0' });
    await expect(post('pods', pod('a'))).rejects.toThrow('pods "a" is forbidden: failed quota: team: must specify requests.cpu for: c');
    await post('pods', pod('a', { resources: { requests: { cpu: '600m' } } }), { dryRun: 'All' });
    await post('pods', pod('a', { resources: { requests: { cpu: '600m' } } }));
    expect(await used()).toEqual({ pods: '1', 'requests.cpu': '600m', 'count/configmaps': '0' });
    await expect(post('pods', pod('b', { resources: { requests: { cpu: '600m' } } }))).rejects.toThrow('pods "b" is forbidden: exceeded quota: team, requested: pods=1,requests.cpu=600m, used: pods=1,requests.cpu=600m, limited: pods=1,requests.cpu=1');
    await post('configmaps', { metadata: { name: 'a' } });
    await expect(post('configmaps', { metadata: { name: 'b' } })).rejects.toThrow('configmaps "b" is forbidden: exceeded quota: team, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1');
  });

  it('knows scopes', async () => {
    await quota({ pods: '0' }, { pods: '0' }, { scopes: ['BestEffort'] });
    await expect(post('pods', pod('a'))).rejects.toThrow('exceeded quota');
    await expect(post('pods', pod('a', { resources: { requests: { cpu: '1' } } }))).resolves.toBeDefined();
  });
});

describe('Priority and RuntimeClass', () => {
  it.each([
    ['a number of its own', { priority: 7 }, 'the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name'],
    ['an absent class', { priorityClassName: 'none' }, 'no PriorityClass with name none was found'],
    ['an absent runtime', { runtimeClassName: 'none' }, 'pod rejected: RuntimeClass "none" not found'],
  ])('refuse %s', (_, spec, message) => expect(post('pods', pod('p', {}, spec))).rejects.toThrow(`pods "p" is forbidden: ${message}`));
});

describe('PodSecurity', () => {
  const label = (labels: object, name = 'default'): ReturnType<typeof send> => send('PATCH', `/api/v1/namespaces/${name}`, { metadata: { labels } });
  const key = 'pod-security.kubernetes.io';
  const safe = { securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } } };

  it.each<[string, string, Pod, string | undefined]>([
    ['a plain Pod', 'restricted', pod('p'), 'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'],
    ['a safe Pod', 'restricted', pod('p', safe), undefined],
    ['a plain Pod', 'baseline', pod('p'), undefined],
    ['host things', 'baseline', pod('p', { ports: [{ containerPort: 80, hostPort: 80 }], securityContext: { privileged: true } }, { hostNetwork: true, volumes: [{ name: 'v', hostPath: { path: '/' } }] }), 'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), hostPath volumes (volume "v"), hostPort (container "c" uses hostPort 80), privileged (container "c" must not set securityContext.privileged=true)'],
    ['capabilities', 'baseline', pod('p', { securityContext: { capabilities: { add: ['NET_ADMIN', 'CHOWN'] } } }), 'violates PodSecurity "baseline:latest": non-default capabilities (container "c" must not include "NET_ADMIN" in securityContext.capabilities.add)'],
    ['no profile', 'baseline', pod('p', { securityContext: { seccompProfile: { type: 'Unconfined' } } }), 'violates PodSecurity "baseline:latest": seccompProfile (container "c" must not set securityContext.seccompProfile.type to "Unconfined")'],
  ])('judges %s by %s', async (_, level, wanted, message) => {
    await label({ [`${key}/enforce`]: level });
    const made = post('pods', wanted);
    if (message) await expect(made).rejects.toThrow(`pods "p" is forbidden: ${message}`);
    else await expect(made).resolves.toBeDefined();
  });

  it('warns of workloads, of Pods that are there, and of nonsense', async () => {
    await post('pods', pod('plain'));
    await post('pods', pod('other'));
    const labelled = await label({ [`${key}/enforce`]: 'restricted', [`${key}/enforce-version`]: 'v1.24' });
    expect(labelled.warnings).toEqual([
      'existing pods in namespace "default" violate the new PodSecurity enforce level "restricted:v1.24"',
      'other (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile',
    ]);
    const template = { metadata: { labels: { a: 'b' } }, spec: pod('x').spec };
    const made = await send('POST', '/apis/apps/v1/namespaces/default/deployments', { metadata: { name: 'web' }, spec: { selector: { matchLabels: { a: 'b' } }, template } });
    expect(made.warnings[0]).toMatch(/^would violate PodSecurity "restricted:v1.24": allowPrivilegeEscalation != false/);
    await expect(label({ [`${key}/warn`]: 'none' })).rejects.toThrow('Namespace "default" is invalid: metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "none": must be one of privileged, baseline, restricted');
  });
});

describe('NodeRestriction', () => {
  it('keeps a kubelet to its own', async () => {
    const kubelet = api.transport({ part: 'kubelet/w', user: { name: 'system:node:w', groups: ['system:nodes', 'system:authenticated'] }, userAgent: 'kubelet/v1' });
    const make = (name: string, labels: object): Promise<unknown> => kubelet.send({ method: 'POST', path: '/api/v1/nodes', body: { metadata: { name, labels } }, cause: [] });
    await expect(make('v', {})).rejects.toThrow('nodes "v" is forbidden: node "w" is not allowed to modify node "v"');
    await expect(make('w', { 'node-restriction.kubernetes.io/x': 'y' })).rejects.toThrow('is not allowed to set the following labels: node-restriction.kubernetes.io/x');
    await expect(make('w', { 'kubernetes.io/hostname': 'w', mine: 'yes' })).resolves.toBeDefined();
  });
});
