import { beforeEach, describe, expect, it } from 'vitest';
import type { ContainerRuntime, VolumeStore } from '../../container-runtime/cri.ts';
import type { PodWorker } from '../pod-workers/pod-worker.ts';
import { EvictionManager } from './eviction-manager.ts';

const MI = 1024 ** 2;
const GI = 1024 ** 3;

interface Given {
  readonly name: string;
  readonly memory?: number;
  readonly disk?: number;
  readonly emptyDir?: number;
  readonly requests?: Readonly<Record<string, string>>;
  readonly priority?: number;
  readonly isStatic?: boolean;
}

let now: number;
let available: number;
let said: string[];
beforeEach(() => {
  now = 0;
  available = 50 * GI;
  said = [];
});

function managerOf(pods: readonly Given[], memoryBytes = 8 * GI): EvictionManager {
  const workers = pods.map(({ name, requests, priority, emptyDir, isStatic }) => {
    const worker = {
      isOver: false,
      pod: {
        metadata: { name, uid: name, generation: 1, annotations: isStatic ? { 'kubernetes.io/config.source': 'file' } : {} },
        spec: { containers: [{ name: 'main', resources: { requests } }], ...(priority === undefined ? {} : { priority }), ...(emptyDir ? { volumes: [{ name: 'data', emptyDir: {} }] } : {}) },
      },
      end: ({ status }: { status: { message: string } }) => {
        worker.isOver = true;
        said.push(`${name}: ${status.message}`);
      },
    };
    return worker;
  });
  const runtime = {
    listContainers: () => Promise.resolve(workers.filter(({ isOver }) => !isOver).map(({ pod }) => ({ id: pod.metadata.name, podUid: pod.metadata.uid, state: 'running', config: { name: 'main' } }))),
    containerStats: (id: string) => Promise.resolve({ memoryWorkingSetBytes: pods.find(({ name }) => name === id)!.memory ?? 0, fsUsedBytes: pods.find(({ name }) => name === id)!.disk ?? 0 }),
  };
  const volumes = { get disk() { return { capacity: 80 * GI, available, used: 80 * GI - available }; }, get: (id: string) => ({ usedBytes: () => pods.find(({ name }) => `${name}/data` === id)?.emptyDir ?? 0 }) };
  return new EvictionManager({ runtime: runtime as unknown as ContainerRuntime, volumes: volumes as unknown as VolumeStore, memoryBytes, now: () => now, workers: () => workers as unknown as PodWorker[], event: () => {}, nodeEvent: (reason, message) => void said.push(`node ${reason}: ${message}`) });
}

describe('a node that runs out', () => {
  it('of memory ends what uses most above its request, one at a time, and no critical Pod', async () => {
    const manager = managerOf([
      { name: 'static', memory: 4 * GI, isStatic: true },
      { name: 'within', memory: 2 * GI, requests: { memory: '2Gi' } },
      { name: 'important', memory: 900 * MI, priority: 1_000 },
      { name: 'greedy', memory: 1100 * MI, requests: { memory: '100Mi' } },
    ]);
    await manager.check();
    expect(said).toEqual(['node EvictionThresholdMet: Attempting to reclaim memory', 'greedy: The node was low on resource: memory. Threshold quantity: 100Mi, available: 48Mi. Container main was using 1100Mi, request is 100Mi, has larger consumption of memory. ']);
    expect([manager.has('MemoryPressure'), manager.has('DiskPressure')]).toEqual([true, false]);
    await manager.check();
    expect(said).toHaveLength(2);
  });

  it('of disk counts layers and emptyDirs, and says so for five minutes more', async () => {
    const manager = managerOf([{ name: 'layer', disk: 3 * GI }, { name: 'directory', emptyDir: 5 * GI }]);
    available = 7 * GI;
    await manager.check();
    expect(said[1]).toBe('directory: The node was low on resource: ephemeral-storage. Threshold quantity: 8Gi, available: 7Gi. ');
    available = 60 * GI;
    now = 4 * 60_000;
    await manager.check();
    expect(manager.has('DiskPressure')).toBe(true);
    now = 6 * 60_000;
    expect(manager.has('DiskPressure')).toBe(false);
    expect(said).toHaveLength(2);
  });

  it.each([
    ['disk', 'Burstable', [], '[DiskPressure]'],
    ['memory', 'BestEffort', [], '[MemoryPressure]'],
    ['memory', 'Burstable', [], undefined],
    ['memory', 'BestEffort', [{ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' }], undefined],
  ] as const)('of %s takes a %s Pod with %j: %s', async (what, qosClass, tolerations, condition) => {
    const manager = managerOf([{ name: 'one', memory: what === 'memory' ? 8 * GI : 0 }]);
    if (what === 'disk') available = GI;
    await manager.check();
    const refusal = manager.admit({ metadata: { name: 'new', uid: 'new' }, spec: { tolerations }, status: { qosClass } } as never);
    expect(refusal?.message).toBe(condition && `The node had condition: ${condition}. `);
  });
});
