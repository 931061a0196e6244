import type { Answer, Packet, RecordType } from 'dns-packet';
import { ask, candidates, parseResolvConf, type ResolverConfig } from '../../../network/dns/resolver.ts';
import { isAddress } from '../../../network/network.ts';
import type { Process, Program } from '../../processes/process.ts';
import { readArguments } from './arguments.ts';

export function resolverOf(process: Process): ResolverConfig {
  const { files } = process.world;
  return parseResolvConf(files.isFile('/etc/resolv.conf') ? files.readText('/etc/resolv.conf') : '');
}

export function reverseName(address: string): string {
  return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
}

interface Query {
  readonly name: string;
  readonly type: RecordType;
}

/** `-type=srv`, `-query=any`, `-debug`: what nslookup takes before the name. */
function readCommand(argv: readonly string[]): { types: RecordType[]; names: string[] } {
  const words = argv.slice(1);
  const types = words.flatMap((word) => /^-(?:type|t|q|query|querytype)=(.+)$/i.exec(word)?.[1]?.toUpperCase() ?? []) as RecordType[];
  return { types, names: readArguments(words.filter((word) => !/^-\w+(=|$)/.test(word)), [], []).operands as string[] };
}

/** models busybox networking/nslookup.c (big): questions go out at once; names with a dot are asked as they are */
export const busyboxNslookup: Program = async (process) => {
  const { types, names } = readCommand(process.argv);
  const [name, server] = names;
  if (name === undefined) return process.error('BusyBox v1.36.1 multi-call binary.\n\nUsage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n\nQuery DNS about HOST\n'), 1;
  const config = resolverOf(process);
  const host = server ? await process.world.network.resolve(server).then((found) => found[0], () => undefined) : (config.servers[0] ?? '127.0.0.1');
  if (host === undefined) return process.error(`nslookup: bad address '${server}'\n`), 1;
  const searched = isAddress(name) || name.includes('.') || config.searches.length === 0 ? [name.replace(/\.$/, '')] : config.searches.map((search) => `${name}.${search}`);
  const queries: Query[] = isAddress(name) ? [{ name: reverseName(name), type: 'PTR' }] : (types.length > 0 ? types : (['A', 'AAAA'] as RecordType[])).flatMap((type) => searched.map((item) => ({ name: item, type })));
  const { network, clock } = process.world;
  const replies = await Promise.all(queries.map(async (query) => ({ query, packet: await ask(network, clock, { host }, query, config.timeoutMs).catch(() => undefined) })));
  if (replies.every(({ packet }) => packet === undefined)) {
    process.print(';; connection timed out; no servers could be reached\n\n');
    return 1;
  }
  process.print(`Server:\t\t${host}\nAddress:\t${host}:53\n\n`);
  // What has nothing to say comes first: it is answered soonest.
  const isEmpty = ({ packet }: (typeof replies)[number]): boolean => packet?.rcode === 'NOERROR' && (packet.answers ?? []).length === 0;
  for (const reply of [...replies.filter(isEmpty), ...replies.filter((one) => !isEmpty(one))]) printReply(process, reply.query, reply.packet);
  return replies.some(({ packet }) => packet?.rcode !== 'NOERROR') ? 1 : 0;
};

function printReply(process: Process, { name, type }: Query, packet: (Packet & { rcode: string }) | undefined): void {
  if (!packet) return;
  if (packet.rcode !== 'NOERROR') return process.print(`** server can't find ${name}: ${packet.rcode}\n\n`);
  const isAuthoritative = (packet as { flag_aa?: boolean }).flag_aa === true;
  const lines = (packet.answers ?? []).flatMap((answer) => busyboxLines(answer));
  process.print(`${!isAuthoritative && lines.length > 0 && type !== 'A' ? 'Non-authoritative answer:\n' : ''}${lines.map((line) => `${line}\n`).join('')}\n`);
}

function busyboxLines(answer: Answer): string[] {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return [`Name:\t${answer.name}`, `Address: ${answer.data}`];
    case 'CNAME':
      return [`${answer.name}\tcanonical name = ${answer.data}`];
    case 'PTR':
      return [`${answer.name}\tname = ${answer.data}`];
    case 'SRV':
      return [`${answer.name}\tservice = ${answer.data.priority ?? 0} ${answer.data.weight ?? 0} ${answer.data.port} ${answer.data.target}`];
    case 'TXT':
      return [`${answer.name}\ttext = ${JSON.stringify(String(answer.data))}`];
    case 'SOA':
      return [`${answer.name}`, `\torigin = ${answer.data.mname}`, `\tmail addr = ${answer.data.rname}`];
    default:
      return [];
  }
}

/** nslookup of BIND, which walks the search list. models bind9 bin/dig/nslookup.c */
export const bindNslookup: Program = async (process) => {
  const { types, names } = readCommand(process.argv);
  const [name = '', server] = names;
  const config = resolverOf(process);
  const host = server ? (await process.world.network.resolve(server))[0]! : (config.servers[0] ?? '127.0.0.1');
  const { network, clock } = process.world;
  const isReverse = isAddress(name);
  const type = isReverse ? 'PTR' : (types[0] ?? 'A');
  let reply: (Packet & { rcode: string }) | undefined;
  let asked = name;
  for (asked of isReverse ? [reverseName(name)] : candidates(name, config)) {
    reply = await ask(network, clock, { host }, { name: asked, type }, config.timeoutMs).catch(() => undefined);
    if (!reply) return process.print(';; connection timed out; no servers could be reached\n\n'), 1;
    if (reply.rcode === 'NOERROR') break;
  }
  process.print(`Server:\t\t${host}\nAddress:\t${host}#53\n\n`);
  if (reply!.rcode !== 'NOERROR') return process.print(`** server can't find ${isReverse ? reverseName(name) : name}: ${reply!.rcode}\n\n`), 1;
  const lines = (reply!.answers ?? []).flatMap((answer) => bindLines(answer));
  process.print(lines.length === 0 ? `*** Can't find ${name}: No answer\n\n` : `${lines.map((line) => `${line}\n`).join('')}\n`);
  return lines.length === 0 ? 1 : 0;
};

function bindLines(answer: Answer): string[] {
  const lines = busyboxLines(answer);
  return answer.type === 'PTR' ? [`${answer.name}\tname = ${answer.data}.`] : answer.type === 'SRV' || answer.type === 'CNAME' ? lines.map((line) => `${line}.`) : lines;
}
