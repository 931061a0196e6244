// One Deployment: 100 and 1,000 Pods on 10 nodes, 10,000 on 1,000, each from its creation until all Pods are Ready. The
// clock runs as fast as the machine can (kubelet's and image delays are part of the model, not of what is measured).
import { SimCluster } from '../../app/sim/sim-cluster.ts';
import { main, now, rounded, rssMb, timed, type Figures } from './measure.ts';

const SIZES = [[100, 10], [1_000, 10], [10_000, 1_000]] as const;
const FAST = 1_000;
const LIMIT_MS = 600_000;

async function measure(pods: number, workers: number): Promise<Figures> {
  const cluster = await SimCluster.create({ workers, seed: 1, speed: FAST, startAt: Date.UTC(2026, 0, 1) });
  await cluster.whenReady();
  const transport = cluster.adminTransport();
  const url = '/apis/apps/v1/namespaces/default/deployments';
  const labels = { app: 'web' };
  const body = { metadata: { name: 'web' }, spec: { replicas: pods, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'registry.k8s.io/pause:3.10' }] } } } };
  const begunAt = now();
  const ready = await timed(async () => {
    await transport.send({ method: 'POST', path: url, body, cause: [] });
    for (;;) {
      const { body: read } = await transport.send<{ status?: { readyReplicas?: number } }>({ method: 'GET', path: `${url}/web`, cause: [] });
      if (read.status?.readyReplicas === pods) return;
      if (now() - begunAt > LIMIT_MS) throw new Error(`${read.status?.readyReplicas ?? 0} of ${pods} Pods were ready after ${LIMIT_MS / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  });
  const figures = { [`ready${pods}Ms`]: rounded(ready.ms, 0), [`longestStall${pods}Ms`]: ready.longestStallMs, [`rss${pods}Mb`]: rssMb() };
  await cluster.close();
  return figures;
}

main(async () => {
  const most = Number(process.env['ORRERY_BENCH_PODS'] ?? 10_000);
  let figures: Figures = {};
  for (const [pods, workers] of SIZES) if (pods <= most) figures = { ...figures, ...(await measure(pods, workers)) };
  return figures;
});
