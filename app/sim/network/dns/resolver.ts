import { decode, encode, type Packet, type RecordType } from 'dns-packet';
import type { Clock } from '../../../base/clock/index.ts';
import { DialError, isAddress, type NetworkNamespace } from '../network.ts';
import { exchange } from './exchange.ts';

/** What /etc/resolv.conf says. */
export interface ResolverConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly ndots: number;
  readonly timeoutMs: number;
  readonly attempts: number;
}

export function parseResolvConf(text: string): ResolverConfig {
  const options = new Map([...text.matchAll(/^options\s+(.*)$/gm)].flatMap((match) => match[1]!.split(/\s+/)).map((option): [string, string] => [option.split(':')[0]!, option.split(':')[1] ?? '']));
  const searches = [...text.matchAll(/^search\s+(.*)$/gm)].pop()?.[1]?.trim().split(/\s+/).filter(Boolean) ?? [];
  return {
    servers: [...text.matchAll(/^nameserver\s+(\S+)/gm)].map((match) => match[1]!).slice(0, 3),
    searches,
    ndots: Number(options.get('ndots') ?? 1),
    timeoutMs: 1000 * Number(options.get('timeout') ?? 5),
    attempts: Number(options.get('attempts') ?? 2),
  };
}

/** The names under which a name is tried, in order. models resolver(5): search and ndots */
export function candidates(name: string, { searches, ndots }: ResolverConfig): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const expanded = searches.map((search) => `${name}.${search.replace(/\.$/, '')}`);
  return name.split('.').length - 1 >= ndots ? [name, ...expanded] : [...expanded, name];
}

let lastId = 0;

/** One question to one server. Rejects with {@link DialError} when there is no answer. */
export async function ask(network: NetworkNamespace, clock: Clock, server: { host: string; port?: number }, question: { name: string; type: RecordType }, timeoutMs: number): Promise<Packet & { rcode: string }> {
  lastId = (lastId + 1) % 65_536;
  const query = encode({ type: 'query', id: lastId, flags: 0x0100, questions: [question] });
  const bytes = await exchange(network, clock, server.host, server.port ?? 53, new Uint8Array(query), timeoutMs);
  return decode(Buffer.from(bytes)) as unknown as Packet & { rcode: string };
}

/** A resolver with a configuration of its own, for those who have no files. */
export async function resolveBy(network: NetworkNamespace, clock: Clock, config: ResolverConfig, name: string): Promise<string> {
  const lines = [`search ${config.searches.join(' ')}`, ...config.servers.map((server) => `nameserver ${server}`), `options ndots:${config.ndots} timeout:${config.timeoutMs / 1000} attempts:${config.attempts}`];
  return (await resolveName(network, clock, { hosts: '', resolvConf: lines.join('\n') }, name))[0]!;
}

/** Addresses of a name as getaddrinfo(3) finds them: /etc/hosts, then the servers. Rejects with ENOTFOUND. */
export async function resolveName(network: NetworkNamespace, clock: Clock, files: { hosts: string; resolvConf: string }, name: string): Promise<string[]> {
  if (isAddress(name)) return [name];
  const local = fromHosts(files.hosts, name);
  if (local.length > 0) return local;
  const config = parseResolvConf(files.resolvConf);
  for (const candidate of candidates(name, config)) {
    const reply = await tryServers(network, clock, config, candidate);
    // Servers that say nothing at all: another name would not help. models glibc: res_nsearch
    if (reply === 'silent') break;
    const found = (reply?.answers ?? []).flatMap((answer) => (answer.type === 'A' ? [answer.data] : []));
    if (found.length > 0) return found;
  }
  throw new DialError('ENOTFOUND', 'Name or service not known');
}

export function fromHosts(hosts: string, name: string): string[] {
  return hosts.split('\n').map((line) => line.replace(/#.*/, '').trim().split(/\s+/)).filter(([address = '', ...names]) => isAddress(address) && names.includes(name)).map(([address]) => address!);
}

async function tryServers(network: NetworkNamespace, clock: Clock, config: ResolverConfig, name: string): Promise<Packet | 'silent' | undefined> {
  let isSilent = true;
  for (let attempt = 0; attempt < config.attempts; attempt++) {
    for (const host of config.servers) {
      try {
        const reply = await ask(network, clock, { host }, { name, type: 'A' }, config.timeoutMs);
        if (reply.rcode !== 'SERVFAIL') return reply;
        isSilent = false;
      } catch (error) {
        if (!(error instanceof DialError)) throw error;
      }
    }
  }
  return isSilent ? 'silent' : undefined;
}
