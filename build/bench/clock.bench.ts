// An hour of a quiet cluster, as fast as it goes; and what a quiet cluster of 100 Pods costs at the speed of life.
import { SimCluster } from '../../app/sim/sim-cluster.ts';
import { main, now, rounded, timed } from './measure.ts';

const HOUR_MS = 3_600_000;
const IDLE_MS = 20_000;

async function cluster(speed: number): Promise<SimCluster> {
  const made = await SimCluster.create({ workers: 10, seed: 1, speed, startAt: Date.UTC(2026, 0, 1) });
  await made.whenReady();
  const labels = { app: 'web' };
  const body = { metadata: { name: 'web' }, spec: { replicas: 100, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'registry.k8s.io/pause:3.10' }] } } } };
  await made.adminTransport().send({ method: 'POST', path: '/apis/apps/v1/namespaces/default/deployments', body, cause: [] });
  await made.clock.sleep(30_000);
  return made;
}

main(async () => {
  const quick = await cluster(10_000);
  const hour = await timed(() => quick.clock.sleep(HOUR_MS));
  await quick.close();
  const slow = await cluster(100);
  slow.clock.setSpeed(1);
  const [before, startedAt] = [process.cpuUsage(), now()];
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const { user, system } = process.cpuUsage(before);
  const idleCpuPercent = rounded((user + system) / 10 / (now() - startedAt), 2);
  await slow.close();
  return { hourMs: rounded(hour.ms, 0), timesFaster: rounded(HOUR_MS / hour.ms, 0), longestStallMs: hour.longestStallMs, idleCpuPercent };
});
