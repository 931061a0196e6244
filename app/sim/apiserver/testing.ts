import { SeededIds, SeededRandom, VirtualClock } from '../../base/clock/index.ts';
import { Trace } from '../trace/trace.ts';
import { MemoryStore } from '../etcd/memory-store.ts';
import type { Caller, Transport } from '../machinery/transport.ts';
import { resourceDefinitions } from '../resources/index.ts';
import { schemas } from '../resources/schemas/index.ts';
import { admissionPlugins } from './admission/index.ts';
import { APISERVER, ensureBootstrapObjects } from './bootstrap.ts';
import { ApiServerLoops } from '../apiserver-loops/apiserver-loops.ts';
import { ApiServer } from './server.ts';

export interface TestApiServer {
  readonly server: ApiServer;
  readonly clock: VirtualClock;
  readonly store: MemoryStore;
  readonly trace: Trace;
  readonly ids: SeededIds;
  readonly random: SeededRandom;
  /** As a member of system:masters. */
  readonly admin: Transport;
  transport(caller: Caller): Transport;
  dispose(): void;
}

/** An API server in memory for the tests of whatever talks to one: time stands still until `clock.advance`. */
export async function createTestApiServer(options: { bootstrap?: boolean; loops?: boolean } = {}): Promise<TestApiServer> {
  const clock = new VirtualClock({ start: Date.UTC(2026, 0, 1), paused: true });
  const random = new SeededRandom(1);
  const ids = new SeededIds(random);
  const trace = new Trace(clock);
  const store = new MemoryStore((batch) => batch.changes.map((change) => trace.record({
    kind: 'store', from: 'kube-apiserver', to: 'etcd', cause: batch.cause, label: `${change.type} ${change.key}`, revision: batch.revision,
  })));
  const server = new ApiServer({
    store, clock, ids, random, trace, resources: resourceDefinitions, schemas, admission: admissionPlugins,
    kubelets: () => undefined, nodeAddress: () => undefined, isEtcdReady: () => true, etcdElection: async () => {},
    partHealth: () => ['etcd-0', 'controller-manager', 'scheduler'].map((name) => ({ name, healthy: true, message: 'ok' })),
  });
  if (options.bootstrap ?? true) await ensureBootstrapObjects(server.transport(APISERVER), { ip: '172.18.0.2', port: 6443 });
  const loops = new ApiServerLoops(server.transport(APISERVER), clock);
  if (options.loops) loops.start();
  const admin = server.transport({ part: 'you', user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, userAgent: 'kubectl/v1.35.2' });
  return {
    server, clock, store, trace, ids, random, admin,
    transport: (caller) => server.transport(caller),
    dispose() {
      loops.dispose();
      server.dispose();
      clock.dispose();
    },
  };
}
