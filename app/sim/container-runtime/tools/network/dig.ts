import type { Answer, Packet, RecordType } from 'dns-packet';
import { ask, candidates } from '../../../network/dns/resolver.ts';
import { isAddress } from '../../../network/network.ts';
import { dateParts } from '../../images/dates.ts';
import type { Process, Program } from '../../processes/process.ts';
import { resolverOf, reverseName } from './nslookup.ts';

/** models bind9 bin/dig/dig.c: `dig [@server] [-x address] [name] [type] [+short] [+search] [+noall +answer]` */
export const dig: Program = async (process) => {
  const words = process.argv.slice(1);
  const options = new Set(words.filter((word) => word.startsWith('+')).map((word) => word.slice(1)));
  const server = words.find((word) => word.startsWith('@'))?.slice(1);
  const port = words.includes('-p') ? Number(words[words.indexOf('-p') + 1]) : 53;
  const plain = words.filter((word, index) => !/^[+@-]/.test(word) && !['-p', '-x', '-t'].includes(words[index - 1] ?? ''));
  const reverse = words.includes('-x') ? words[words.indexOf('-x') + 1] : undefined;
  const types = ['A', 'AAAA', 'SRV', 'PTR', 'TXT', 'CNAME', 'SOA', 'NS', 'MX', 'ANY'];
  const type = (reverse ? 'PTR' : ((words.includes('-t') ? words[words.indexOf('-t') + 1] : plain.find((word) => types.includes(word.toUpperCase()))) ?? 'A').toUpperCase()) as RecordType;
  const name = reverse ? reverseName(reverse) : (plain.find((word) => !types.includes(word.toUpperCase())) ?? '.');
  const config = resolverOf(process);
  const host = server ? (isAddress(server) ? server : (await process.world.network.resolve(server))[0]!) : (config.servers[0] ?? '127.0.0.1');
  const names = options.has('search') ? candidates(name, config) : [name.replace(/\.$/, '')];
  const startedAt = process.world.clock.now();
  let packet: (Packet & { rcode: string }) | undefined;
  for (const candidate of names) {
    packet = await ask(process.world.network, process.world.clock, { host, port }, { name: candidate, type }, config.timeoutMs).catch(() => undefined);
    if (packet && (packet.answers ?? []).length > 0) break;
  }
  if (!packet) {
    process.print(`\n; <<>> DiG 9.18.33 <<>> ${words.join(' ')}\n;; global options: +cmd\n;; communications error to ${host}#${port}: timed out\n;; no servers could be reached\n`);
    return 9;
  }
  if (options.has('short')) process.print((packet.answers ?? []).map((answer) => `${dataText(answer)}\n`).join(''));
  else process.print(options.has('noall') ? section(packet.answers) : fullText(process, words, packet, { host, port, took: process.world.clock.now() - startedAt }));
  return 0;
};

function fullText(process: Process, words: readonly string[], packet: Packet & { rcode: string }, { host, port, took }: { host: string; port: number; took: number }): string {
  const counts = (items: readonly unknown[] | undefined): number => items?.length ?? 0;
  const flags = `qr${(packet as { flag_aa?: boolean }).flag_aa ? ' aa' : ''} rd ra`;
  const part = (title: string, items: readonly Answer[] | undefined): string => (counts(items) === 0 ? '' : `;; ${title} SECTION:\n${section(items)}\n`);
  const question = packet.questions?.[0];
  const { day, monthName, year, time, weekday } = dateParts(process.world.clock.now());
  return [
    `\n; <<>> DiG 9.18.33 <<>> ${words.join(' ')}\n;; global options: +cmd\n;; Got answer:\n`,
    `;; ->>HEADER<<- opcode: QUERY, status: ${packet.rcode}, id: ${packet.id ?? 0}\n;; flags: ${flags}; QUERY: 1, ANSWER: ${counts(packet.answers)}, AUTHORITY: ${counts(packet.authorities)}, ADDITIONAL: ${counts(packet.additionals)}\n\n`,
    `;; QUESTION SECTION:\n;${`${question?.name ?? ''}.`.padEnd(31)}\tIN\t${question?.type ?? ''}\n\n`,
    part('ANSWER', packet.answers), part('AUTHORITY', packet.authorities), part('ADDITIONAL', packet.additionals),
    `;; Query time: ${Math.round(took)} msec\n;; SERVER: ${host}#${port}(${host}) (UDP)\n;; WHEN: ${weekday} ${monthName} ${day} ${time} UTC ${year}\n;; MSG SIZE  rcvd: ${60 + 40 * counts(packet.answers)}\n\n`,
  ].join('');
}

function section(answers: readonly Answer[] | undefined): string {
  return (answers ?? []).map((answer) => `${`${answer.name}.`.padEnd(24)}${answer.name.length < 22 ? '' : '\t'}${(answer as { ttl?: number }).ttl ?? 0}\tIN\t${answer.type}\t${dataText(answer)}\n`).join('');
}

function dataText(answer: Answer): string {
  switch (answer.type) {
    case 'SRV':
      return `${answer.data.priority ?? 0} ${answer.data.weight ?? 0} ${answer.data.port} ${answer.data.target}.`;
    case 'CNAME':
    case 'PTR':
    case 'NS':
      return `${answer.data}.`;
    case 'TXT':
      return JSON.stringify(String(answer.data));
    case 'SOA':
      return `${answer.data.mname}. ${answer.data.rname}. ${answer.data.serial} ${answer.data.refresh} ${answer.data.retry} ${answer.data.expire} ${answer.data.minimum}`;
    default:
      return String((answer as { data?: unknown }).data ?? '');
  }
}

/** `host NAME`, of the same family. */
export const host: Program = async (process) => {
  const name = process.argv.slice(1).find((word) => !word.startsWith('-')) ?? '';
  const config = resolverOf(process);
  const server = config.servers[0] ?? '127.0.0.1';
  for (const candidate of isAddress(name) ? [reverseName(name)] : candidates(name, config)) {
    const packet = await ask(process.world.network, process.world.clock, { host: server }, { name: candidate, type: isAddress(name) ? 'PTR' : 'A' }, config.timeoutMs).catch(() => undefined);
    const lines = (packet?.answers ?? []).flatMap((answer) => (answer.type === 'A' ? [`${answer.name} has address ${answer.data}`] : answer.type === 'PTR' ? [`${answer.name} domain name pointer ${answer.data}.`] : answer.type === 'CNAME' ? [`${answer.name} is an alias for ${answer.data}.`] : []));
    if (lines.length > 0) return process.print(lines.map((line) => `${line}\n`).join('')), 0;
  }
  process.print(`Host ${name} not found: 3(NXDOMAIN)\n`);
  return 1;
};

/** `getent hosts NAME` */
export const getent: Program = async (process) => {
  const [, database, ...names] = process.argv;
  if (database !== 'hosts' && database !== 'ahosts' && database !== 'ahostsv4') return 1;
  let missing = false;
  for (const name of names) {
    try {
      for (const address of await process.world.network.resolve(name)) process.print(database === 'hosts' ? `${address.padEnd(15)} ${name}\n` : `${address.padEnd(15)} STREAM ${name}\n`);
    } catch {
      missing = true;
    }
  }
  return missing ? 2 : 0;
};
