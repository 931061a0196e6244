import { OrreryError } from '../../base/errors/index.ts';
import { parseResolvConf, type ResolverConfig } from '../network/dns/resolver.ts';
import type { NetworkNamespace } from '../network/network.ts';
import { INTERNET, WATCHER, type SimCluster } from '../sim-cluster.ts';
import { CLUSTER_DNS } from './request.ts';

/** Where a request starts, and who tells it addresses there. @throws OrreryError for a place that is not */
export async function placeOf(sim: SimCluster, { node = sim.nodes.at(-1)!.config.name, pod, silent }: { node?: string; pod?: string; silent?: boolean }): Promise<{ namespace: NetworkNamespace; resolver: ResolverConfig | undefined }> {
  if (pod === undefined) {
    const names = [...sim.nodes.map(({ config }) => config.name), INTERNET];
    if (!names.includes(node)) throw new OrreryError('unknown-node', `There is no node called ${node}.`, { remedy: `Ask from one of: ${names.join(', ')}.` });
    return { namespace: sim.network.nodeNamespace(node === INTERNET && silent ? WATCHER : node), resolver: node === INTERNET ? undefined : CLUSTER_DNS };
  }
  for (const { engine } of sim.nodes) {
    const sandbox = engine.running ? (await engine.listPodSandboxes()).find(({ state, config }) => state === 'ready' && `${config.podNamespace}/${config.podName}` === pod) : undefined;
    const namespace = sandbox && sim.network.namespaceOf(sandbox.id);
    if (!namespace) continue;
    const { servers, searches, options } = sandbox.config.dns;
    return { namespace, resolver: parseResolvConf([`search ${searches.join(' ')}`, ...servers.map((server) => `nameserver ${server}`), `options ${options.join(' ')} timeout:1`].join('\n')) };
  }
  throw new OrreryError('unknown-pod', `No Pod ${pod} runs.`, { remedy: 'Name it as NAMESPACE/POD.' });
}
