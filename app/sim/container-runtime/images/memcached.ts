import type { Connection } from '../../machinery/streams.ts';
import { image, tags } from './image.ts';
import { serveUntilTold } from './until-told.ts';
import { debianFiles, DEBIAN_LINKS, SHARED_MODES } from './userlands.ts';

interface Item {
  readonly flags: string;
  readonly value: string;
}

/** The text protocol: set, add, replace, get, delete, incr, decr, stats, version, flush_all. */
async function serve(connection: Connection, items: Map<string, Item>): Promise<void> {
  const say = (text: string): void => void connection.output.write(new TextEncoder().encode(`${text}\r\n`));
  let buffered = '';
  for await (const chunk of connection.input) {
    buffered += new TextDecoder().decode(chunk);
    for (let end = buffered.indexOf('\n'); end >= 0; end = buffered.indexOf('\n')) {
      const [command = '', key = '', flags = '0', , length = '0'] = buffered.slice(0, end).trim().split(' ');
      const isStore = ['set', 'add', 'replace'].includes(command);
      if (isStore && buffered.length < end + 1 + Number(length) + 1) break;
      const value = isStore ? buffered.slice(end + 1, end + 1 + Number(length)) : '';
      buffered = isStore ? buffered.slice(end + 1 + Number(length)).replace(/^\r?\n/, '') : buffered.slice(end + 1);
      if (command === 'quit') return connection.close();
      say(isStore ? store(items, command, key, { flags, value }) : answer(items, command, key, flags));
    }
  }
  connection.close();
}

function store(items: Map<string, Item>, command: string, key: string, item: Item): string {
  if ((command === 'add' && items.has(key)) || (command === 'replace' && !items.has(key))) return 'NOT_STORED';
  items.set(key, item);
  return 'STORED';
}

function answer(items: Map<string, Item>, command: string, key: string, amount: string): string {
  const item = items.get(key);
  switch (command) {
    case 'get':
    case 'gets':
      return item ? `VALUE ${key} ${item.flags} ${item.value.length}\r\n${item.value}\r\nEND` : 'END';
    case 'delete':
      return items.delete(key) ? 'DELETED' : 'NOT_FOUND';
    case 'incr':
    case 'decr': {
      if (!item) return 'NOT_FOUND';
      const next = Math.max(0, Number(item.value) + (command === 'incr' ? 1 : -1) * Number(amount));
      items.set(key, { ...item, value: String(next) });
      return String(next);
    }
    case 'flush_all':
      items.clear();
      return 'OK';
    case 'version':
      return 'VERSION 1.6.39';
    case 'stats':
      return `STAT pid 1\r\nSTAT version 1.6.39\r\nSTAT curr_items ${items.size}\r\nEND`;
    default:
      return 'ERROR';
  }
}

export const memcached = image({
  repository: 'docker.io/library/memcached',
  tags: { ...tags('1.6.39', 31_500_000, ['latest', '1', '1.6', '1.6.39', '1.5']), ...tags('1.6.39', 4_300_000, ['alpine', '1.6-alpine']) },
  entrypoint: ['docker-entrypoint.sh'],
  command: ['memcached'],
  user: '11211',
  files: debianFiles([['memcache', 11211, '/nonexistent']]),
  links: DEBIAN_LINKS,
  modes: SHARED_MODES,
  userland: 'debian',
  programs: {
    'docker-entrypoint.sh': (process) => process.become(process.argv[1]?.startsWith('-') ? ['memcached', ...process.argv.slice(1)] : process.argv.slice(1), process),
    memcached: (process) => {
      const items = new Map<string, Item>();
      process.settle(1.9, 0.3);
      return serveUntilTold(process, 11_211, (connection) => void serve(connection, items));
    },
  },
});
