import type { Connection } from '../../machinery/streams.ts';
import type { Process } from '../processes/process.ts';
import { dateParts } from './dates.ts';
import { image, PATH, tags } from './image.ts';
import { debianFiles, DEBIAN_LINKS, SHARED_MODES } from './userlands.ts';

const VERSION = '7.4.6';
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function line(process: Process, text: string, mark = '*'): void {
  const { day, monthName, year, time } = dateParts(process.world.clock.now());
  process.print(`${process.pid}:M ${day} ${monthName} ${year} ${time}.000 ${mark} ${text}\n`);
}

/** A Redis of one database: strings, counters, keys; enough for a learner's first questions. */
async function server(process: Process): Promise<number> {
  const data = new Map<string, string>();
  process.settle(3.6, 1.5);
  const store = process.world.network.listen({ port: 6379, process: 'redis-server' }, (connection) => void serve(connection, data));
  line(process, 'oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo');
  line(process, `Redis version=${VERSION}, bits=64, commit=00000000, modified=0, pid=1, just started`);
  line(process, 'Warning: no config file specified, using the default config. In order to specify a config file use redis-server /path/to/redis.conf', '#');
  line(process, 'monotonic clock: POSIX clock_gettime');
  line(process, 'Running mode=standalone, port=6379.');
  line(process, 'Server initialized');
  line(process, 'Ready to accept connections tcp');
  process.onSignal('SIGTERM', () => {
    line(process, 'User requested shutdown...');
    line(process, 'Redis is now ready to exit, bye bye...', '#');
    process.end(0);
  });
  await process.exited;
  store.close();
  return 0;
}

/** Reads RESP arrays and inline commands, answers in RESP. */
async function serve(connection: Connection, data: Map<string, string>): Promise<void> {
  let buffered = '';
  for await (const chunk of connection.input) {
    buffered += decoder.decode(chunk, { stream: true });
    for (let parsed = parseCommand(buffered); parsed; parsed = parseCommand(buffered)) {
      buffered = parsed.rest;
      connection.output.write(encoder.encode(execute(parsed.words, data)));
    }
  }
  connection.close();
}

function parseCommand(text: string): { words: string[]; rest: string } | undefined {
  if (!text.startsWith('*')) {
    const end = text.indexOf('\r\n');
    return end < 0 ? undefined : { words: text.slice(0, end).split(/\s+/), rest: text.slice(end + 2) };
  }
  const parts = text.split('\r\n');
  const count = Number(parts[0]!.slice(1));
  if (parts.length < 1 + 2 * count + 1) return undefined;
  const words = Array.from({ length: count }, (_, index) => parts[2 + 2 * index]!);
  return { words, rest: parts.slice(1 + 2 * count).join('\r\n') };
}

const bulk = (text: string | undefined): string => (text === undefined ? '$-1\r\n' : `$${encoder.encode(text).length}\r\n${text}\r\n`);

function execute([name = '', ...args]: readonly string[], data: Map<string, string>): string {
  const [key = '', value = ''] = args;
  switch (name.toUpperCase()) {
    case 'PING':
      return args.length > 0 ? bulk(key) : '+PONG\r\n';
    case 'ECHO':
      return bulk(key);
    case 'SET':
      data.set(key, value);
      return '+OK\r\n';
    case 'GET':
      return bulk(data.get(key));
    case 'DEL':
      return `:${args.filter((item) => data.delete(item)).length}\r\n`;
    case 'EXISTS':
      return `:${args.filter((item) => data.has(item)).length}\r\n`;
    case 'INCR':
    case 'DECR': {
      const next = Number(data.get(key) ?? 0) + (name.toUpperCase() === 'INCR' ? 1 : -1);
      if (Number.isNaN(next)) return '-ERR value is not an integer or out of range\r\n';
      data.set(key, String(next));
      return `:${next}\r\n`;
    }
    case 'KEYS': {
      const pattern = new RegExp(`^${key.replace(/[.+^${}()|\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.')}$`);
      const found = [...data.keys()].filter((item) => pattern.test(item));
      return `*${found.length}\r\n${found.map(bulk).join('')}`;
    }
    case 'DBSIZE':
      return `:${data.size}\r\n`;
    case 'FLUSHALL':
      data.clear();
      return '+OK\r\n';
    case 'INFO':
      return bulk(`# Server\r\nredis_version:${VERSION}\r\nredis_mode:standalone\r\n`);
    default:
      return `-ERR unknown command '${name}', with args beginning with: ${args.map((item) => `'${item}' `).join('')}\r\n`;
  }
}

async function client(process: Process): Promise<number> {
  const words = process.argv.slice(1);
  let host = '127.0.0.1';
  if (words[0] === '-h') host = words.splice(0, 2)[1]!;
  let connection: Connection;
  try {
    connection = await process.world.network.dial(host, 6379);
  } catch {
    process.error(`Could not connect to Redis at ${host}:6379: Connection refused\n`);
    return 1;
  }
  connection.output.write(encoder.encode(`*${words.length}\r\n${words.map((word) => bulk(word)).join('')}`));
  const reply = decoder.decode(await connection.input.read());
  connection.close();
  process.print(`${readable(reply)}\n`);
  return reply.startsWith('-') ? 1 : 0;
}

/** A reply as redis-cli prints it when it does not write to a terminal. */
function readable(reply: string): string {
  const lines = reply.split('\r\n');
  if (reply.startsWith('*')) return lines.filter((_, index) => index > 0 && index % 2 === 0).join('\n');
  if (reply.startsWith('$-1')) return '';
  return reply.startsWith('$') ? lines.slice(1, -1).join('\n') : reply.startsWith('-') ? lines[0]!.slice(1) : lines[0]!.slice(1);
}

export const redis = image({
  repository: 'docker.io/library/redis',
  tags: { ...tags('8.2.2', 52_018_000, ['latest', '8', '8.2', '8.2.2', 'bookworm']), ...tags(VERSION, 45_217_000, ['7', '7.4', '7.4.6', '7-bookworm']), ...tags('7.2.11', 44_980_000, ['7.2']), ...tags('7.0.15', 43_500_000, ['7.0']), ...tags('6.2.20', 41_200_000, ['6', '6.2']), ...tags(VERSION, 17_200_000, ['alpine', '7-alpine', '7.4-alpine', '6-alpine']), ...tags('5.0.14', 40_100_000, ['5', '5.0']), ...tags('5.0.4', 35_300_000, ['5.0.4']) },
  entrypoint: ['docker-entrypoint.sh'],
  command: ['redis-server'],
  env: { PATH, REDIS_VERSION: VERSION },
  workingDir: '/data',
  files: { ...debianFiles([['redis', 999, '/home/redis']]), '/data/': '' },
  links: DEBIAN_LINKS,
  modes: SHARED_MODES,
  owners: { '/data/': [999, 999] },
  userland: 'debian',
  programs: {
    'docker-entrypoint.sh': async (process) => {
      const command = process.argv.slice(1);
      if (command[0] !== 'redis-server' && !command[0]?.startsWith('-')) return process.become(command, process);
      process.argv = ['redis-server', '*:6379'];
      return server(process);
    },
    'redis-server': server,
    'redis-cli': client,
  },
  withVersion: (version) => ({ env: { PATH, REDIS_VERSION: version } }),
});
