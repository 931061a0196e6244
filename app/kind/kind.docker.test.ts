import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RealClock } from '../base/clock/index.ts';
import { setDisposableTracker } from '../base/lifecycle/index.ts';
import { describeCluster } from '../cluster/testing.ts';
import { SimProvider } from '../sim/sim-provider.ts';
import { execute } from './engine.ts';
import { KindCluster } from './kind-cluster.ts';
import type { NodeParts } from './parts.ts';
import { preflight } from './preflight.ts';
import { KindProvider } from './provider.ts';
import { NODE_IMAGE, startEngine, whyNoEngine, type TestEngine } from './testing.ts';

// A real Docker Engine, a stand-in for the kind command, and a simulated cluster's API server behind its kubeconfig.
const reason = whyNoEngine();
if (reason) console.warn(`SKIPPED: kind on a real Docker Engine: ${reason}`);

describe.skipIf(reason)('kind on a real Docker Engine', () => {
  const clock = new RealClock();
  const folder = mkdtempSync(path.join(tmpdir(), 'orrery-kind-'));
  const none = new AbortController().signal;
  const quiet = { report() {} };
  let engine: TestEngine;
  let api: SimProvider;
  const provider = (more: NodeJS.ProcessEnv = {}): KindProvider => new KindProvider({ docker: engine.docker, kind: engine.kind, folder: path.join(folder, 'kind'), environment: { ...engine.environment, STAND_IN_KUBECONFIG: path.join(folder, 'api'), ...more } });

  beforeAll(async () => {
    engine = await startEngine();
    api = new SimProvider({ kubeconfigPath: path.join(folder, 'api'), workers: 1, seed: 1, clock });
    await api.start(quiet, none);
  }, 90_000);
  beforeEach(() => setDisposableTracker(undefined));
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
    await engine?.dispose();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('makes a cluster step by step, sees it, switches it off and on, and deletes it', async () => {
    const kind = provider();
    const steps: string[] = [];
    const made = await kind.create({ name: 'one', workers: 2, image: NODE_IMAGE }, { report: (step) => steps.push(step) }, none);
    expect(steps).toEqual(['Fetching the node image', 'Preparing nodes', 'Starting the control plane', 'Installing the network', 'Done']);
    expect(made).toMatchObject({ name: 'one', state: 'running', version: 'v1.36.1', nodes: [{ name: 'one-control-plane', role: 'control-plane' }, { name: 'one-worker' }, { name: 'one-worker2' }] });
    await expect(kind.create({ name: 'one', workers: 0 }, quiet, none)).rejects.toMatchObject({ code: 'exists' });
    await kind.power('one', 'one-worker', false);
    expect(await kind.list()).toMatchObject([{ state: 'partly', nodes: [{ state: 'running' }, { state: 'stopped' }, { state: 'running' }] }]);
    await kind.stop('one');
    expect(await kind.list()).toMatchObject([{ state: 'stopped' }]);
    await kind.start('one');
    expect(await kind.list()).toMatchObject([{ state: 'running' }]);
    const odd = await engine.docker.createContainer({ Image: NODE_IMAGE, Cmd: ['true'], Labels: { 'io.x-k8s.kind.cluster': '../../odd' } });
    expect(await kind.list(), 'a label that is no name').toMatchObject([{ name: 'one' }]);
    await odd.remove({ force: true });
    // Another Orrery, or a person: what was made elsewhere is seen; what is gone is gone.
    expect(await provider().list()).toMatchObject([{ name: 'one', state: 'running' }]);
    await kind.container('one-worker2').remove({ force: true });
    expect((await kind.get('one')).nodes).toHaveLength(2);
    await kind.delete('one');
    expect(await kind.list()).toEqual([]);
    await expect(kind.start('one')).rejects.toMatchObject({ code: 'gone' });
  }, 90_000);

  it('leaves nothing behind when it fails, unless told to, and keeps the log', async () => {
    const failing = provider({ STAND_IN_FAILS: 'failed to init node with kubeadm: timed out waiting for the condition' });
    await expect(failing.create({ name: 'two', workers: 0 }, quiet, none)).rejects.toMatchObject({ code: 'timed-out', remedy: expect.stringContaining(failing.logOf('two')) });
    expect(readFileSync(failing.logOf('two'), 'utf8')).toContain('Preparing nodes');
    expect(statSync(failing.logOf('two')).mode & 0o077).toBe(0);
    expect(await failing.list()).toEqual([]);
    await expect(failing.create({ name: 'two', workers: 0, retain: true }, quiet, none)).rejects.toMatchObject({ code: 'timed-out' });
    expect(await failing.list()).toMatchObject([{ name: 'two' }]);
    await failing.delete('two');
  }, 60_000);

  it('stops when it is cancelled, and leaves nothing behind', async () => {
    const slow = provider({ STAND_IN_SLOW: '1' });
    const abort = new AbortController();
    const making = slow.create({ name: 'three', workers: 1 }, { report: (step) => step === 'Starting the control plane' && abort.abort() }, abort.signal);
    await expect(making).rejects.toMatchObject({ code: 'cancelled' });
    expect(await slow.list()).toEqual([]);
  }, 60_000);

  it('switches parts by real means, and back', async () => {
    const kind = provider();
    await kind.create({ name: 'four', workers: 1 }, quiet, none);
    const cluster = new KindCluster({ name: 'four', kind, clock });
    try {
      await cluster.start(quiet, none);
      const parts = cluster.capability('components')! as NodeParts;
      const running = (): string[] => parts.list().filter((part) => part.running).map(({ id }) => id).sort();
      const all = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet/four-control-plane', 'kubelet/four-worker'];
      expect(running()).toEqual(all);
      parts.stop('kube-scheduler');
      parts.stop('kubelet/four-worker');
      await parts.settled();
      expect(running()).toEqual(all.filter((id) => id !== 'kube-scheduler' && id !== 'kubelet/four-worker'));
      expect((await execute(kind.container('four-control-plane'), ['ls', '/etc/kubernetes/manifests'])).output).not.toContain('kube-scheduler');
      parts.start('kube-scheduler');
      parts.start('kubelet/four-worker');
      await parts.settled();
      expect(running()).toEqual(all);
      expect(() => parts.stop('nonsense')).toThrow('There is no part called nonsense');
      const shell = cluster.capability('nodeShell')!.open('four-worker')!;
      shell.write(Buffer.from('echo I am $(hostname); exit 3\n'));
      let text = '';
      for await (const chunk of shell.output) text += Buffer.from(chunk).toString();
      expect(text).toContain('I am four-worker');
      expect(await shell.exited).toBe(3);
    } finally {
      await cluster[Symbol.asyncDispose]();
      await kind.delete('four');
    }
  }, 90_000);

  it('finds nothing that stands in the way but what is true of this machine', async () => {
    const found = await preflight({ engine: { docker: engine.docker, socketPath: engine.socketPath }, kind: engine.kind, platform: 'linux', environment: {} });
    expect(found.map(({ id }) => id).filter((id) => id !== 'disk' && id !== 'cgroup')).toEqual([]);
  });

  describeCluster('kind', async () => {
    const kind = provider();
    await kind.create({ name: 'suite', workers: 0 }, quiet, none);
    return { cluster: new KindCluster({ name: 'suite', kind, clock }), isReadOnly: false, dispose: () => kind.delete('suite') };
  });
});
