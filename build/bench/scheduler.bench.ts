// The scheduler alone on 1,000 nodes that exist as objects only: Pods bound per second, without wishes, spread over zones,
// and keeping apart from each other.
import type { Pod } from '../../app/contracts/k8s/index.ts';
import { createTestApiServer } from '../../app/sim/apiserver/testing.ts';
import { ApiClient } from '../../app/sim/client/api-client.ts';
import { nodes, pods, serviceAccounts } from '../../app/sim/client/resource-types.ts';
import { Scheduler } from '../../app/sim/scheduler/scheduler.ts';
import { main, rounded, rssMb, timed, type Figures } from './measure.ts';

const NODES = 1_000;
const PODS = 1_000;
const STEP_MS = 20;
const SHAPES: Readonly<Record<string, (name: string) => object>> = {
  plain: () => ({}),
  spread: (app) => ({ topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app } } }] }),
  apart: (app) => ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app } }, topologyKey: 'kubernetes.io/hostname' }] } } }),
};

async function measure(shape: string, spec: object): Promise<Figures> {
  const api = await createTestApiServer();
  const client = new ApiClient(api.admin);
  await client.create(serviceAccounts, 'default', { metadata: { name: 'default' } }, []);
  const amounts = { cpu: '32', memory: '64Gi', pods: '110' };
  for (let index = 0; index < NODES; index++) {
    const name = `node-${index}`;
    await client.create(nodes, undefined, { metadata: { name, labels: { 'kubernetes.io/hostname': name, zone: `zone-${index % 3}` } } }, []);
    const taints = { spec: { taints: null } };
    await client.patch(nodes, undefined, name, taints, []);
    await client.patch(nodes, undefined, name, { status: { capacity: amounts, allocatable: amounts, conditions: [{ type: 'Ready', status: 'True' }] } }, [], 'status');
  }
  for (let index = 0; index < PODS; index++) await client.create(pods, 'default', { metadata: { name: `pod-${index}`, labels: { app: shape } }, spec: { containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu: '10m' } } }], ...spec } }, []);
  const scheduler = new Scheduler({ transport: (caller) => api.transport(caller), clock: api.clock, random: api.random, trace: api.trace, node: 'control-plane' });
  const run = await timed(async () => {
    scheduler.start();
    do await api.clock.advance(STEP_MS);
    while (scheduler.inspect().now !== 'waiting for Pods without a node');
  });
  const bound = (await client.list<Pod>(pods, 'default')).items.filter(({ spec }) => spec?.nodeName !== undefined).length;
  if (bound !== PODS) throw new Error(`${bound} of ${PODS} Pods (${shape}) were bound`);
  scheduler.dispose();
  api.dispose();
  return { [`${shape}PerSecond`]: rounded((PODS * 1000) / run.ms, 0), [`${shape}LongestStallMs`]: run.longestStallMs };
}

main(async () => {
  let figures: Figures = {};
  for (const [shape, spec] of Object.entries(SHAPES)) figures = { ...figures, ...(await measure(shape, spec(shape))) };
  return { ...figures, rssMb: rssMb() };
});
