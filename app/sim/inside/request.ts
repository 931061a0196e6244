import type { Clock } from '../../base/clock/index.ts';
import type { Pod } from '../../contracts/k8s/index.ts';
import type { PartId, TraceEntry } from '../../contracts/trace/index.ts';
import { fetchOver } from '../container-runtime/images/http-server.ts';
import type { TraceRecorder } from '../machinery/recorder.ts';
import { resolveBy, type ResolverConfig } from '../network/dns/resolver.ts';
import type { NetworkNamespace } from '../network/network.ts';

/** A node's own resolver knows no Services; whoever asks from here is given the cluster's. */
export const CLUSTER_DNS: ResolverConfig = { servers: ['10.96.0.10'], searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'], ndots: 5, timeoutMs: 1_000, attempts: 2 };

export interface InsideRequest {
  readonly namespace: NetworkNamespace;
  /** Absent: it can ask nobody for names, as a machine that is not of the cluster. */
  readonly resolver: ResolverConfig | undefined;
  readonly url: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Where its packets show; absent: nowhere. */
  readonly trace: TraceRecorder | undefined;
  /** All Pods now, to name the one that answered. */
  readonly pods: () => Iterable<Pod>;
}

/** One HTTP GET from a network namespace: what `curl` there would do. */
export async function requestFrom({ namespace, resolver, url, timeoutMs, clock, trace, pods }: InsideRequest): Promise<{ code: number; body: string }> {
  const { hostname, port, pathname, search } = new URL(url);
  const number = Number(port || 80);
  const proxy: PartId = `kube-proxy/${namespace.node}`;
  const record = (entry: TraceEntry): number => trace?.record(entry) ?? 0;
  const seq = record({ kind: 'network', from: 'you', to: proxy, cause: [], label: `GET ${url}` });
  const abort = new AbortController();
  const timer = clock.schedule(timeoutMs, () => abort.abort(new Error(`no answer within ${timeoutMs / 1000} s`)));
  try {
    const connection = await namespace.dial(resolver ? await resolveBy(namespace, clock, resolver, hostname) : (await namespace.resolve(hostname))[0]!, number, abort.signal);
    const address = connection.remoteAddress.replace(/:\d+$/, '');
    const pod = [...pods()].find((candidate) => candidate.status?.podIP === address && !candidate.spec?.hostNetwork);
    const target: PartId = pod ? `pod/${pod.metadata!.namespace!}/${pod.metadata!.name!}` : proxy;
    const arrived = record({ kind: 'network', from: proxy, to: target, cause: [seq], label: `GET ${pathname}`, detail: { address: connection.remoteAddress } });
    const answer = await fetchOver(connection, { host: hostname, path: `${pathname}${search}` });
    record({ kind: 'network', from: target, to: proxy, cause: [arrived], label: String(answer.status), code: answer.status });
    return { code: answer.status, body: new TextDecoder().decode(answer.body) };
  } catch (error) {
    record({ kind: 'network', from: proxy, to: 'you', cause: [seq], label: error instanceof Error ? error.message : String(error), detail: { failed: true } });
    throw error;
  } finally {
    timer.dispose();
  }
}
