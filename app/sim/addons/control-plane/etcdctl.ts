import { rfc3339 } from '../../../base/clock/index.ts';
import type { Etcd } from '../../etcd/etcd.ts';
import { prefixEnd, type KeyValue, type RangeOptions } from '../../etcd/store.ts';
import type { HostedProgram } from '../../container-runtime/processes/hosted.ts';
import type { Process } from '../../container-runtime/processes/process.ts';

const DEFAULT_ENDPOINT = '127.0.0.1:2379';
const VERSION = '3.6.5';
const WITH_VALUE = new Set(['endpoints', 'cacert', 'cert', 'key', 'write-out', 'limit', 'rev', 'command-timeout', 'dial-timeout', 'sort-by', 'order']);

interface Call {
  readonly process: Process;
  readonly etcd: Etcd;
  readonly flags: ReadonlyMap<string, string>;
  readonly args: readonly string[];
  readonly endpoints: readonly string[];
}

/** etcdctl(1) against the cluster's own members. models go.etcd.io/etcd/etcdctl */
export function etcdctlProgram(etcd: () => Etcd): HostedProgram {
  return async (process) => {
    const { flags, args } = parse(process.argv.slice(1), process.env);
    const [first = 'help', second = ''] = args;
    const name = Object.hasOwn(COMMANDS, `${first} ${second}`) ? `${first} ${second}` : first;
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (!command) {
      if (first !== 'help') return process.error(`Error: unknown command ${JSON.stringify(first)} for "etcdctl"\nRun 'etcdctl --help' for usage.\n`), 1;
      return process.print(`NAME:\n\tetcdctl - A simple command line client for etcd3.\n\nUSAGE:\n\tetcdctl [flags]\n\nVERSION:\n\t${VERSION}\n\nCOMMANDS:\n\t${Object.keys(COMMANDS).join('\n\t')}\n`), 0;
    }
    const endpoints = (flags.get('endpoints') ?? DEFAULT_ENDPOINT).split(',');
    if (name !== 'version') {
      const problem = trouble(process, flags, endpoints, etcd());
      if (problem) {
        await process.sleep(5_000);
        process.error(`${JSON.stringify({ level: 'warn', ts: rfc3339(process.world.clock.now()), logger: 'etcd-client', caller: 'v3@v3.6.5/retry_interceptor.go:65', msg: 'retrying of unary invoker failed', target: `etcd-endpoints://0x/${endpoints[0]}`, attempt: 0, error: problem })}\nError: context deadline exceeded\n`);
        return 1;
      }
    }
    return command({ process, etcd: etcd(), flags, endpoints, args: args.slice(name.split(' ').length) });
  };
}

function parse(words: readonly string[], env: Readonly<Record<string, string>>): { flags: Map<string, string>; args: string[] } {
  const flags = new Map<string, string>();
  for (const name of WITH_VALUE) {
    const value = env[`ETCDCTL_${name.toUpperCase().replace(/-/g, '_')}`];
    if (value !== undefined) flags.set(name, value);
  }
  const args: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const [, name, value] = /^--([\w-]+)(?:=(.*))?$/.exec(word) ?? [];
    if (name !== undefined) flags.set(name, value ?? (WITH_VALUE.has(name) ? (words[++i] ?? '') : 'true'));
    else if (word === '-w') flags.set('write-out', words[++i] ?? '');
    else if (/^-w=?./.test(word)) flags.set('write-out', word.replace(/^-w=?/, ''));
    else args.push(word);
  }
  return { flags, args };
}

/** The port speaks TLS and wants to see a certificate. */
function trouble(process: Process, flags: ReadonlyMap<string, string>, endpoints: readonly string[], etcd: Etcd): string | undefined {
  const desc = (text: string): string => `rpc error: code = DeadlineExceeded desc = latest balancer error: last connection error: connection error: desc = "${text}"`;
  if (!endpoints.every((endpoint) => endpoint.startsWith('https://'))) return desc('error reading server preface: EOF');
  for (const name of ['cacert', 'cert', 'key']) {
    const file = flags.get(name);
    if (file === undefined) return desc('transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority');
    if (!process.world.files.isFile(file)) return desc(`open ${file}: no such file or directory`);
  }
  return etcd.running ? undefined : desc('transport: Error while dialing: dial tcp 127.0.0.1:2379: connect: connection refused');
}

/** Sixteen hexadecimal digits that are always the same for a member. */
function idOf(name: string): string {
  let state = 0xcbf29ce484222325n;
  for (const character of name) state = ((state ^ BigInt(character.charCodeAt(0))) * 0x100000001b3n) & 0xffffffffffffffffn;
  return state.toString(16);
}

const textOf = ({ value }: KeyValue): string => (value && typeof value === 'object' && 'object' in value ? JSON.stringify(value.object) : String(value));

function table(process: Process, rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, index) => Math.max(...rows.map((row) => row[index]!.length)));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+\n`;
  const line = (row: readonly string[]): string => `| ${row.map((cell, index) => cell.padStart(Math.floor((widths[index]! + cell.length) / 2)).padEnd(widths[index]!)).join(' | ')} |\n`;
  process.print(`${rule}${line(rows[0]!)}${rule}${rows.slice(1).map((row) => `| ${row.map((cell, index) => cell.padStart(widths[index]!)).join(' | ')} |\n`).join('')}${rule}`);
}

function memberList({ process, etcd, flags, endpoints }: Call): number {
  const peer = endpoints[0]!.replace(/:\d+$/, ':2380');
  const rows = etcd.members.list.map(({ name, running }) => [idOf(name), running ? 'started' : 'unstarted', name.replace(/^etcd-/, ''), peer, endpoints[0]!, 'false']);
  if (flags.get('write-out') === 'table') table(process, [['ID', 'STATUS', 'NAME', 'PEER ADDRS', 'CLIENT ADDRS', 'IS LEARNER'], ...rows]);
  else if (flags.get('write-out') === 'json') process.print(`${JSON.stringify({ header: { member_id: idOf(etcd.members.leader ?? ''), raft_term: etcd.members.term }, members: rows.map(([id, , name, peers, clients]) => ({ ID: id, name, peerURLs: [peers], clientURLs: [clients] })) })}\n`);
  else for (const row of rows) process.print(`${row.join(', ')}\n`);
  return 0;
}

function databaseSize({ disk }: Etcd): string {
  return `${((disk.size * 2_400 + 65_536) / 1_000_000).toFixed(1)} MB`;
}

function endpointStatus({ process, etcd, flags, endpoints }: Call): number {
  const { leader = '', term } = etcd.members;
  const rows = endpoints.map((endpoint) => [endpoint, idOf(leader), VERSION, '3.6.0', databaseSize(etcd), databaseSize(etcd), '0%', '0 B', 'true', 'false', String(term), String(etcd.revision), String(etcd.revision), '', '', 'false']);
  if (flags.get('write-out') === 'table') table(process, [['ENDPOINT', 'ID', 'VERSION', 'STORAGE VERSION', 'DB SIZE', 'IN USE', 'PERCENTAGE NOT IN USE', 'QUOTA', 'IS LEADER', 'IS LEARNER', 'RAFT TERM', 'RAFT INDEX', 'RAFT APPLIED INDEX', 'ERRORS', 'DOWNGRADE TARGET VERSION', 'DOWNGRADE ENABLED'], ...rows]);
  else for (const row of rows) process.print(`${row.join(', ')}\n`);
  return 0;
}

function get({ process, etcd, flags, args: [key = '', end] }: Call): number {
  if (key === '' && !flags.has('from-key') && !flags.has('prefix')) return process.error('Error: get command needs one argument as key and an optional argument as range_end\n'), 128;
  const options: RangeOptions = {
    ...(flags.has('prefix') ? { end: key === '' ? '\u{10ffff}' : prefixEnd(key) } : flags.has('from-key') ? { end: '\u{10ffff}' } : end === undefined ? {} : { end }),
    ...(flags.has('limit') ? { limit: Number(flags.get('limit')) } : {}), ...(flags.has('rev') ? { at: Number(flags.get('rev')) } : {}),
  };
  const { items, count, revision } = etcd.range(key, options);
  if (flags.has('count-only')) return process.print(flags.get('write-out') === 'json' ? `${JSON.stringify({ header: { revision }, count })}\n` : `\n`), 0;
  if (flags.get('write-out') === 'json') {
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    process.print(`${JSON.stringify({ header: { revision }, kvs: items.map((item) => ({ key: base64(item.key), create_revision: item.createRevision, mod_revision: item.modRevision, version: item.version, ...(flags.has('keys-only') ? {} : { value: base64(textOf(item)) }) })), count })}\n`);
    return 0;
  }
  for (const item of items) {
    if (!flags.has('print-value-only')) process.print(`${item.key}\n`);
    process.print(flags.has('keys-only') ? '\n' : `${textOf(item)}\n`);
  }
  return 0;
}

/** The file holds all keys and values as they are now. */
function snapshotSave({ process, etcd, args: [file] }: Call): number {
  if (file === undefined) return process.error('Error: snapshot save expects one argument\n'), 128;
  const { items, revision } = etcd.range('/', { end: '0' });
  process.world.files.write(file, new TextEncoder().encode(`${JSON.stringify({ revision, keys: items.length })}\n${items.map((item) => `${JSON.stringify([item.key, textOf(item)])}\n`).join('')}`));
  process.error(`{"level":"info","caller":"snapshot/v3_snapshot.go:65","msg":"created temporary db file","path":"${file}.part"}\n{"level":"info","caller":"snapshot/v3_snapshot.go:96","msg":"saved","path":"${file}"}\n`);
  process.print(`Snapshot saved at ${file}\nServer version ${VERSION}\n`);
  return 0;
}

const COMMANDS: Readonly<Record<string, (call: Call) => number>> = {
  'member list': memberList,
  'endpoint status': endpointStatus,
  'endpoint health': ({ process, endpoints }) => {
    for (const endpoint of endpoints) process.print(`${endpoint} is healthy: successfully committed proposal: took = 2.193711ms\n`);
    return 0;
  },
  'alarm list': () => 0,
  get,
  'snapshot save': snapshotSave,
  version: ({ process }) => (process.print(`etcdctl version: ${VERSION}\nAPI version: 3.6\n`), 0),
};
