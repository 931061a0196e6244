import { ApiClient } from '../../client/api-client.ts';
import { Informer } from '../../client/informer.ts';
import { nodes, pods } from '../../client/resource-types.ts';
import type { Node, Pod } from '../../../contracts/k8s/index.ts';
import type { HostedProgram } from '../../container-runtime/processes/hosted.ts';
import type { Process } from '../../container-runtime/processes/process.ts';
import { serveHttp, type HttpResponse } from '../../container-runtime/images/http-server.ts';
import { klog } from '../../machinery/klog.ts';
import type { AddonDoors } from '../index.ts';
import { metricsApi } from './api.ts';
import { readScrape, Samples, type Scrape } from './samples.ts';

const DEFAULT_RESOLUTION_MS = 15_000;

function log(process: Process, level: 'I' | 'E', text: string): void {
  process.error(`${klog(process.world.clock.now(), level, 1, text)}\n`);
}

/** The value of `--name=value` or `--name value`. */
function flag(argv: readonly string[], name: string): string | undefined {
  const at = argv.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  return at < 0 ? undefined : argv[at]!.includes('=') ? argv[at]!.slice(argv[at]!.indexOf('=') + 1) : argv[at + 1];
}

/**
 * metrics-server in its container: asks every kubelet again and again what its containers have used, and answers for
 * metrics.k8s.io while it runs. models sigs.k8s.io/metrics-server
 */
export function metricsServerProgram({ transport, kubelets, extend }: AddonDoors): HostedProgram {
  return async (process, pod) => {
    const { clock } = process.world;
    const user = { name: `system:serviceaccount:${pod.namespace}:metrics-server`, groups: ['system:serviceaccounts', `system:serviceaccounts:${pod.namespace}`, 'system:authenticated'] };
    const client = new ApiClient(transport({ part: `pod/${pod.namespace}/${pod.name}`, user, userAgent: 'metrics-server/v0.8.0' }));
    const knownNodes = new Informer<Node>(client, clock, nodes);
    const knownPods = new Informer<Pod>(client, clock, pods);
    const samples = new Samples();
    knownNodes.start();
    knownPods.start();
    const seconds = Number.parseInt(flag(process.argv, 'metric-resolution') ?? '', 10);
    const resolutionMs = seconds > 0 ? seconds * 1000 : DEFAULT_RESOLUTION_MS;
    const served = extend(metricsApi({ clock, samples, nodes: () => knownNodes.list(), pods: () => knownPods.list() }));
    const server = listen(process, samples);
    process.onSignal('SIGTERM', () => process.end(0));
    log(process, 'I', 'secure_serving.go:211] Serving securely on [::]:10250');
    await Promise.race([new Promise<void>((resolve) => knownNodes.whenSynced(() => resolve())), process.exited]);
    try {
      while (!process.ended) {
        samples.store(await scrapeAll(process, knownNodes.list().map(({ metadata }) => metadata.name), kubelets), resolutionMs);
        await process.sleep(resolutionMs);
      }
    } finally {
      served.dispose();
      server.close();
      knownNodes.dispose();
      knownPods.dispose();
    }
    return 0;
  };
}

async function scrapeAll(process: Process, names: readonly string[], kubelets: AddonDoors['kubelets']): Promise<Map<string, Scrape>> {
  const found = new Map<string, Scrape>();
  for (const name of names) {
    try {
      const kubelet = kubelets(name);
      if (!kubelet) throw new Error(`Get "https://${name}:10250/metrics/resource": dial tcp: connect: connection refused`);
      const answer = await kubelet.http('/metrics/resource', {});
      if (answer.code !== 200) throw new Error(`request failed, status: ${JSON.stringify(String(answer.code))}`);
      found.set(name, readScrape(answer.body));
    } catch (error) {
      log(process, 'E', `scraper.go:149] "Failed to scrape node" err=${JSON.stringify((error as Error).message)} node="${name}"`);
    }
  }
  return found;
}

/** /livez and /readyz, which the kubelet's probes ask. */
function listen(process: Process, samples: Samples): { close(): void } {
  const port = Number(flag(process.argv, 'secure-port') ?? 443);
  const text = (status: number, body: string): HttpResponse => ({ status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: new TextEncoder().encode(body) });
  return process.world.network.listen({ port, process: 'metrics-server' }, (connection) => void serveHttp(connection, ({ path }) => {
    if (path.startsWith('/readyz')) return samples.ready ? text(200, 'ok') : text(500, '[-]metric-storage-ready failed: reason withheld\nreadyz check failed\n');
    return path.startsWith('/livez') || path.startsWith('/healthz') ? text(200, 'ok') : text(404, '404 page not found\n');
  }, { process, milliseconds: 0.5, tls: true }));
}
