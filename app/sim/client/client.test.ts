import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../base/clock/index.ts';
import { createTestApiServer, type TestApiServer } from '../apiserver/testing.ts';
import { ApiClient } from './api-client.ts';
import { ControlLoop } from './control-loop.ts';
import { EventRecorder } from './event-recorder.ts';
import { Informer } from './informer.ts';
import { configMaps, events } from './resource-types.ts';
import { WorkQueue } from './work-queue.ts';

describe('WorkQueue', () => {
  let clock: VirtualClock;
  let queue: WorkQueue;
  beforeEach(() => {
    clock = new VirtualClock({ start: 0, paused: true });
    queue = new WorkQueue(clock);
  });
  afterEach(() => {
    queue.dispose();
    clock.dispose();
  });

  it('keeps each key once, with all its causes, and again when it was added during the work', async () => {
    queue.add('a', [1]);
    queue.add('b');
    queue.add('a', [2]);
    expect(await queue.get()).toEqual({ key: 'a', cause: [1, 2] });
    queue.add('a', [3]);
    expect(queue.depth).toBe(1);
    queue.done('a');
    expect(await queue.get()).toEqual({ key: 'b', cause: [] });
    expect(await queue.get()).toEqual({ key: 'a', cause: [3] });
  });

  it('backs off a failing key exponentially and forgets', async () => {
    const due: number[] = [];
    for (let i = 0; i < 4; i++) {
      queue.addRateLimited('a');
      const start = clock.now();
      const got = queue.get();
      await clock.advance(100);
      await got;
      queue.done('a');
      due.push(queue.failures('a'));
      void start;
    }
    expect(due).toEqual([1, 2, 3, 4]);
    queue.forget('a');
    queue.addRateLimited('a');
    await clock.advance(4);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(queue.depth).toBe(1);
  });

  it('gives each idle worker a key of its own, and ends all when it is closed', async () => {
    const workers = [queue.get(), queue.get(), queue.get()];
    queue.add('a');
    queue.add('b');
    expect(await Promise.all(workers.slice(0, 2))).toMatchObject([{ key: 'a' }, { key: 'b' }]);
    const another = queue.get();
    queue.dispose();
    expect(await Promise.all([workers[2], another])).toEqual([undefined, undefined]);
  });
});

describe('Informer', () => {
  let api: TestApiServer;
  let client: ApiClient;
  beforeEach(async () => {
    api = await createTestApiServer();
    client = new ApiClient(api.admin);
  });
  afterEach(() => api.dispose());

  it('lists, follows, indexes, and finds out what it missed while the API server was down', async () => {
    const informer = new Informer(client, api.clock, configMaps, { namespace: 'default' }).index('color', (object) => [object.data?.['color'] ?? '']);
    const seen: string[] = [];
    informer.handle({
      onAdd: (object) => void seen.push(`+${object.metadata.name}`),
      onUpdate: (object) => void seen.push(`~${object.metadata.name}`),
      onDelete: (object) => void seen.push(`-${object.metadata.name}`),
    });
    await client.create(configMaps, 'default', { metadata: { name: 'a' }, data: { color: 'red' } }, []);
    informer.start();
    await api.clock.settle();
    expect(informer.synced).toBe(true);
    await client.patch(configMaps, 'default', 'a', { data: { color: 'blue' } }, []);
    await client.create(configMaps, 'default', { metadata: { name: 'b' }, data: { color: 'blue' } }, []);
    await api.clock.advance(1);
    expect(informer.by('color', 'blue').map((object) => object.metadata.name)).toEqual(['a', 'b']);
    expect(informer.by('color', 'red')).toEqual([]);
    api.server.stop();
    await api.clock.advance(5_000);
    api.server.start();
    await client.delete(configMaps, 'default', 'a', undefined, []);
    await api.clock.advance(30_000);
    expect(seen).toEqual(['+a', '~a', '+b', '-a']);
    informer.dispose();
    await api.clock.settle();
  });

  it('counts repeated events up', async () => {
    const recorder = new EventRecorder(client, api.clock, 'kubelet', 'worker-1');
    const { metadata } = await client.create(configMaps, 'default', { metadata: { name: 'x' } }, []);
    for (let i = 0; i < 3; i++) {
      recorder.event({ kind: 'ConfigMap', apiVersion: 'v1', metadata }, 'Warning', 'BackOff', 'again', []);
      await api.clock.advance(1_000);
    }
    const { items } = await client.list(events, 'default');
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ count: 3, reason: 'BackOff', source: { component: 'kubelet', host: 'worker-1' }, lastTimestamp: '2026-01-01T00:00:02Z' });
  });
});

describe('ControlLoop', () => {
  it('gives way when it feeds itself without end', async () => {
    const clock = new VirtualClock({ start: 0, paused: true });
    let count = 0;
    const loop: ControlLoop = new ControlLoop('restless', clock, {
      reconcile(key) {
        count++;
        loop.queue.add(key);
        return Promise.resolve();
      },
    });
    loop.queue.add('a');
    await clock.advance(3);
    expect(count).toBeGreaterThan(1_000);
    expect(count).toBeLessThan(5_000);
    loop.dispose();
    await clock.advance(5);
    clock.dispose();
  });
});
