import type { TraceEvent } from '../../contracts/trace/index.ts';
import { ApiClient, type ResourceType } from '../client/api-client.ts';
import { cronJobs, daemonSets, deployments, horizontalPodAutoscalers, jobs, namespaces, podDisruptionBudgets, pods, statefulSets } from '../client/resource-types.ts';
import { StatusError } from '../machinery/status.ts';
import type { SimCluster } from '../sim-cluster.ts';

/**
 * Short commands in, the whole causal trace out.
 *
 * ```
 *   create pod web nginx:1.27     create deployment web nginx:1.27 2     delete pod web
 *   create statefulset db nginx:1.27 2      create daemonset agent nginx:1.27    delete deployment web
 *   create job work {"template": …}         delete namespace shop        evict pod shop/web
 *   stop kube-scheduler           start kube-scheduler                   advance 5s
 * ```
 * A command that is refused does not end the scenario: its answer stands in the trace.
 *
 * Each line of the result is `seq at from → to kind label ⇐ causes`, numbered from the first command on, times in
 * milliseconds since then. Heartbeats, lists and other reads are left out: they say nothing about the command.
 */
export async function playScenario(commands: readonly string[], cluster: SimCluster): Promise<string[]> {
  const user = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
  const client = new ApiClient(cluster.apiServer.transport({ part: 'you', user, userAgent: 'kubectl/v1.35.2' }));
  const start = { seq: cluster.trace.last, at: cluster.clock.now() };
  for (const command of commands) {
    await runCommand(command, client, cluster).catch((error: unknown) => {
      if (!(error instanceof StatusError)) throw error;
    });
  }
  return formatTrace([...cluster.trace.since(start.seq + 1)], start);
}

async function runCommand(command: string, client: ApiClient, cluster: SimCluster): Promise<void> {
  const [words = '', json] = command.split(/(?=\{)(.*)/s);
  const [verb, what = '', name = '', image = '', count = '1'] = words.split(/\s+/);
  const [own = '', namespace = 'default'] = name.split('/').reverse();
  switch (verb) {
    case 'create':
      await client.create(typeOf(what), placeOf(what, namespace), { metadata: { name: own }, spec: json ? JSON.parse(json) : specOf(what, own, image, Number(count)) }, []);
      return;
    case 'delete':
      await client.delete(typeOf(what), placeOf(what, namespace), own, undefined, []);
      return;
    case 'evict':
      await client.createSubresource(pods, namespace, own, 'eviction', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: own, namespace } }, []);
      return;
    case 'stop':
      cluster.component(what)!.stop();
      return;
    case 'start':
      cluster.component(what)!.start();
      return;
    case 'advance':
      await cluster.clock.advance(Number.parseFloat(what) * 1000);
      return;
    default:
      throw new Error(`a scenario does not know how to ${verb}`);
  }
}

const TYPES: Readonly<Record<string, ResourceType<unknown>>> = {
  pod: pods, deployment: deployments, statefulset: statefulSets, daemonset: daemonSets, job: jobs, cronjob: cronJobs, autoscaler: horizontalPodAutoscalers, budget: podDisruptionBudgets, namespace: namespaces,
};

function typeOf(kind: string): ResourceType<unknown> {
  const type = TYPES[kind];
  if (!type) throw new Error(`a scenario knows no ${kind}`);
  return type;
}

function placeOf(kind: string, namespace: string): string | undefined {
  return typeOf(kind).namespaced ? namespace : undefined;
}

function specOf(kind: string, name: string, image: string, replicas: number): object {
  const spec = { containers: [{ name: 'main', image }] };
  if (kind === 'pod') return spec;
  if (kind === 'namespace') return {};
  const labels = { app: name };
  return { ...(kind === 'daemonset' ? {} : { replicas }), ...(kind === 'statefulset' ? { serviceName: name } : {}), selector: { matchLabels: labels }, template: { metadata: { labels }, spec } };
}

function formatTrace(events: readonly TraceEvent[], start: { seq: number; at: number }): string[] {
  const relevant = events.filter((event) => event.detail?.['lease'] !== true && event.detail?.['read'] !== true && event.detail?.['event'] !== true && !/\bevents\b|\/registry\/events\//.test(event.label) && !isHeartbeat(event));
  // An answer to what is not shown is not shown either.
  const seqs = new Set(relevant.map(({ seq }) => seq));
  const shown = relevant.filter((event) => event.kind !== 'response' || event.cause.some((seq) => seqs.has(seq)));
  const numbers = new Map(shown.map((event, index) => [event.seq, index + 1]));
  const suffixes = new Map<string, string>();
  return shown.map((event, index) => {
    const causes = event.cause.map((seq) => numbers.get(seq)).filter((number) => number !== undefined);
    const loop = event.loop ? ` (${event.loop})` : '';
    return `${String(index + 1).padStart(3)} ${String(event.at - start.at).padStart(6)} ${event.from}${loop} → ${event.to}: ${nameSuffixes(event.label, suffixes)}${causes.length > 0 ? ` ⇐ ${causes.join(',')}` : ''}`;
  });
}

/** Random ends of names by order of appearance, `web-58c59c84cc-<1>`: they depend on how many names were made before. */
function nameSuffixes(label: string, seen: Map<string, string>): string {
  return label.replace(/-([bcdfghjklmnpqrstvwxz2456789]{5})(?![\w-])/g, (_, suffix: string) => {
    if (!seen.has(suffix)) seen.set(suffix, `-<${seen.size + 1}>`);
    return seen.get(suffix)!;
  });
}

/** Node statuses come by the clock, not by a command. */
function isHeartbeat({ object, label, from }: TraceEvent): boolean {
  if (from === 'kube-controller-manager' && / nodes\b/.test(label)) return false;
  return object?.resource === 'nodes' || label.includes('/registry/minions/') || / node \S+$/.test(label) || label === '200';
}
