import type { TraceEvent } from '../../contracts/trace/index.ts';
import { ApiClient } from '../client/api-client.ts';
import { deployments, pods } from '../client/resource-types.ts';
import type { SimCluster } from '../sim-cluster.ts';

/**
 * Short commands in, the whole causal trace out.
 *
 * ```
 *   create pod web nginx:1.27     create deployment web nginx:1.27 2     delete pod web
 *   stop kube-scheduler           start kube-scheduler                   advance 5s
 * ```
 * Each line of the result is `seq at from → to kind label ⇐ causes`, numbered from the first command on, times in
 * milliseconds since then. Heartbeats, lists and other reads are left out: they say nothing about the command.
 */
export async function playScenario(commands: readonly string[], cluster: SimCluster): Promise<string[]> {
  const user = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
  const client = new ApiClient(cluster.apiServer.transport({ part: 'you', user, userAgent: 'kubectl/v1.35.2' }));
  const start = { seq: cluster.trace.last, at: cluster.clock.now() };
  for (const command of commands) await runCommand(command.split(/\s+/), client, cluster);
  return formatTrace([...cluster.trace.since(start.seq + 1)], start);
}

async function runCommand([verb, ...words]: readonly string[], client: ApiClient, cluster: SimCluster): Promise<void> {
  const [what = '', name = '', image = '', count = '1'] = words;
  switch (verb) {
    case 'create':
      if (what === 'pod') await client.create(pods, 'default', { metadata: { name }, spec: { containers: [{ name: 'main', image }] } }, []);
      else {
        const labels = { app: name };
        await client.create(deployments, 'default', { metadata: { name }, spec: { replicas: Number(count), selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'main', image }] } } } }, []);
      }
      return;
    case 'delete':
      await client.delete(what === 'pod' ? pods : deployments, 'default', name, undefined, []);
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
function isHeartbeat({ object, label }: TraceEvent): boolean {
  return object?.resource === 'nodes' || label.includes('/registry/minions/') || / node \S+$/.test(label) || label === '200';
}
