import { statSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { setDisposableTracker } from '../base/lifecycle/index.ts';
import type { KubeObject } from '../contracts/k8s/index.ts';
import type { Cluster } from './cluster.ts';

export interface Subject {
  readonly cluster: Cluster;
  /** Nothing can be changed in it through the port. */
  readonly isReadOnly: boolean;
  /** Makes a ConfigMap in another way, for watches to tell of. */
  makeConfigMap?(name: string): Promise<unknown>;
  dispose(): Promise<void>;
}

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' };
const configMap = (name: string): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '1' } });

/** What every provider of the port keeps to. One suite, run on each. `make` hands over a cluster that is not started yet. */
export function describeCluster(name: string, make: () => Promise<Subject>): void {
  describe(`the Cluster port of ${name}`, () => {
    let subject: Subject;
    const steps: string[] = [];
    // The cluster lives over all tests and makes and drops disposables in each of them.
    beforeEach(() => setDisposableTracker(undefined));
    beforeAll(async () => {
      subject = await make();
      await subject.cluster.start({ report: (step) => steps.push(step) }, new AbortController().signal);
    }, 60_000);
    afterAll(async () => {
      await subject.cluster[Symbol.asyncDispose]();
      await subject.dispose();
    });

    it('tells how far it is, and then that it runs', () => {
      expect(steps.length).toBeGreaterThan(0);
      expect(subject.cluster.status).toMatchObject({ state: 'running', message: expect.any(String) });
    });

    it('keeps a kubeconfig for this user alone', () => {
      if (process.platform !== 'win32') expect(statSync(subject.cluster.kubeconfigPath).mode & 0o777).toBe(0o600);
    });

    it('lists, gets, and says undefined for what is not there', async () => {
      const { client } = subject.cluster;
      const { items, resourceVersion } = await client.list({ group: '', version: 'v1', resource: 'nodes' });
      expect(items.length).toBeGreaterThan(0);
      expect(Number(resourceVersion)).toBeGreaterThan(0);
      expect(items[0]).toMatchObject({ kind: 'Node', apiVersion: 'v1' });
      expect(await client.get({ group: '', version: 'v1', resource: 'namespaces' }, 'default')).toMatchObject({ metadata: { name: 'default' } });
      expect(await client.get(CONFIG_MAPS, 'not-there')).toBeUndefined();
    });

    it('resolves kinds and answers raw paths', async () => {
      const { client } = subject.cluster;
      expect(await client.resolveKind(undefined, 'Deployment')).toMatchObject({ group: 'apps', version: 'v1', resource: 'deployments', namespaced: true });
      await expect(client.resolveKind(undefined, 'Nonsense')).rejects.toThrow('serves no Nonsense');
      expect((await client.raw('GET', '/readyz')).code).toBe(200);
    });

    it('watches', async () => {
      const seen: ReadonlyMap<string, KubeObject>[] = [];
      const watch = subject.cluster.client.watchAll(CONFIG_MAPS, (items) => seen.push(new Map(items)));
      try {
        await vi.waitFor(() => expect(seen.length).toBeGreaterThan(0), 10_000);
        await (subject.makeConfigMap ?? ((one) => subject.cluster.client.create(CONFIG_MAPS, configMap(one))))('watched');
        await vi.waitFor(() => expect([...seen.at(-1)!.values()].map(({ metadata }) => metadata.name)).toContain('watched'), 10_000);
      } finally {
        watch.dispose();
      }
    });

    it('writes where it may, and otherwise refuses with words and changes nothing', async () => {
      const { client } = subject.cluster;
      const writes: readonly (() => Promise<unknown>)[] = [
        () => client.create(CONFIG_MAPS, configMap('written')), () => client.apply(CONFIG_MAPS, 'written', configMap('written')), () => client.delete(CONFIG_MAPS, 'written'),
        () => client.raw('PATCH', '/api/v1/namespaces/default', { body: { metadata: { labels: { x: 'y' } } }, headers: { 'content-type': 'application/merge-patch+json' } }),
      ];
      if (!subject.isReadOnly) {
        for (const write of writes.slice(0, 3)) await write();
        return expect(await client.get(CONFIG_MAPS, 'written')).toBeUndefined();
      }
      for (const write of writes) await expect(write()).rejects.toMatchObject({ code: 'read-only' });
      await expect(client.raw('GET', '/api/v1/namespaces/kube-system/pods/x/exec?command=sh')).rejects.toMatchObject({ code: 'read-only' });
      expect(await client.get(CONFIG_MAPS, 'written')).toBeUndefined();
      await expect(subject.cluster.reset(new AbortController().signal)).rejects.toMatchObject({ code: 'read-only' });
      for (const name of ['components', 'network', 'time', 'nodeShell', 'inside'] as const) expect(subject.cluster.capability(name), name).toBeUndefined();
    });
  });
}
