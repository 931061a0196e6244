import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RealClock } from '../base/clock/index.ts';
import { describeCluster } from '../cluster/testing.ts';
import { SimProvider } from './sim-provider.ts';

describeCluster('the simulator', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'orrery-sim-provider-'));
  const cluster = new SimProvider({ kubeconfigPath: path.join(folder, 'kubeconfig'), workers: 1, seed: 1, clock: new RealClock() });
  return { cluster, isReadOnly: false, dispose: async () => rmSync(folder, { recursive: true, force: true }) };
});
