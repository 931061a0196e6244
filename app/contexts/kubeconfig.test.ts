import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { kubeconfigFiles, listContexts, only, readKubeconfig } from './kubeconfig.ts';
import { isReading } from './read-only.ts';

let folder: string;
const at = (name: string): string => path.join(folder, name);
const config = (cluster: string, user: object, current?: string): string => stringify({
  apiVersion: 'v1', kind: 'Config', ...(current ? { 'current-context': current } : {}),
  clusters: [{ name: cluster, cluster: { server: `https://${cluster}.invalid:6443` } }], users: [{ name: `${cluster}-user`, user }],
  contexts: [{ name: cluster, context: { cluster, user: `${cluster}-user` } }],
});
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'orrery-kubeconfig-'));
  writeFileSync(at('one'), config('one', { token: 'secret-token' }, 'one'));
  writeFileSync(at('two'), config('two', { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'cloud' } }, 'two'));
  writeFileSync(at('one-again'), config('one', { token: 'other' }));
  writeFileSync(at('plain'), stringify({ clusters: [{ name: 'plain', cluster: { server: 'http://plain.invalid' } }], users: [], contexts: [{ name: 'plain', context: { cluster: 'plain', user: 'nobody' } }] }));
  writeFileSync(at('damaged'), 'clusters: [');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('reads the files that kubectl reads', () => {
  expect(kubeconfigFiles({ HOME: '/home/ada' })).toEqual(['/home/ada/.kube/config']);
  expect(kubeconfigFiles({ KUBECONFIG: ['/a', '', '/b'].join(path.delimiter) })).toEqual(['/a', '/b']);
  expect(listContexts(readKubeconfig({ HOME: at('nowhere') }))).toEqual([]);
});

it('merges them, the first one wins, and shows no secret', () => {
  const contexts = listContexts(readKubeconfig({ KUBECONFIG: ['one', 'missing', 'two', 'one-again', 'plain'].map(at).join(path.delimiter) }));
  expect(contexts).toEqual([
    { name: 'one', cluster: 'one', server: 'https://one.invalid:6443', user: 'one-user', isCurrent: true, authentication: 'token' },
    { name: 'two', cluster: 'two', server: 'https://two.invalid:6443', user: 'two-user', isCurrent: false, authentication: 'command' },
    { name: 'plain', cluster: 'plain', server: 'http://plain.invalid', user: 'nobody', isCurrent: false, authentication: 'none', problem: 'The user nobody is not in the kubeconfig.' },
  ]);
  expect(JSON.stringify(contexts)).not.toContain('secret');
});

it('takes one context out with what belongs to it, and nothing else', () => {
  const alone = only(readKubeconfig({ KUBECONFIG: ['one', 'two'].map(at).join(path.delimiter) }), 'two');
  expect([alone.currentContext, alone.clusters.map(({ name }) => name), alone.users.map(({ name }) => name)]).toEqual(['two', ['two'], ['two-user']]);
  expect(alone.exportConfig()).not.toContain('secret-token');
});

it('names the file that is damaged', () => expect(() => readKubeconfig({ KUBECONFIG: at('damaged') })).toThrow(`${at('damaged')} cannot be read as a kubeconfig`));

it.each([
  ['GET', '/api/v1/pods?watch=true', true], ['HEAD', '/version', true], ['GET', '/api/v1/namespaces/a/pods/b/log', true],
  ['POST', '/api/v1/namespaces', false], ['DELETE', '/api/v1/namespaces/a', false], ['PATCH', '/api/v1/nodes/a', false], ['PUT', '/api/v1/nodes/a', false], ['OPTIONS', '/', false],
  ['GET', '/api/v1/namespaces/a/pods/b/exec?command=sh', false], ['GET', '/api/v1/namespaces/a/pods/b/attach', false], ['GET', '/api/v1/namespaces/a/pods/b/portforward', false],
  ['GET', '/api/v1/namespaces/a/services/b/proxy/', false], ['GET', '/api/v1/namespaces/a/pods/b/%65xec', false], ['GET', '/api/v1/nodes/a/proxy/run', false],
])('%s %s is reading: %s', (method, target, reads) => expect(isReading({ method, path: target })).toBe(reads));
