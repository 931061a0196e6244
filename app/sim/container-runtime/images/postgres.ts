import type { Process } from '../processes/process.ts';
import { readLine } from '../tools/input.ts';
import { dateParts } from './dates.ts';
import { image, PATH, tags } from './image.ts';
import { runSql, SqlError, SqlStore, type Rows } from './sql.ts';
import { flag, serveUntilTold } from './until-told.ts';
import { debianFiles, DEBIAN_LINKS, SHARED_MODES } from './userlands.ts';

const DATA = '/var/lib/postgresql/data';

function log(process: Process, pid: number, text: string): void {
  const { year, month, day, time } = dateParts(process.world.clock.now());
  process.error(`${year}-${month}-${day} ${time}.000 UTC [${pid}] LOG:  ${text}\n`);
}

async function entrypoint(process: Process): Promise<number> {
  const command = process.argv.slice(1);
  if (command[0] !== 'postgres' && !command[0]?.startsWith('-')) return process.become(command, process);
  const store = new SqlStore(process.world.files, `${DATA}/base.json`);
  if (store.isNew) {
    if (!process.env['POSTGRES_PASSWORD'] && process.env['POSTGRES_HOST_AUTH_METHOD'] !== 'trust') {
      process.error('Error: Database is uninitialized and superuser password is not specified.\n       You must specify POSTGRES_PASSWORD to a non-empty value for the\n       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".\n\n       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all\n       connections without a password. This is *not* recommended.\n\n       See PostgreSQL documentation about "trust":\n       https://www.postgresql.org/docs/current/auth-trust.html\n');
      return 1;
    }
    process.print('The files belonging to this database system will be owned by user "postgres".\nThis user must also own the server process.\n\n');
    await process.sleep(1_500);
    const user = process.env['POSTGRES_USER'] ?? 'postgres';
    store.write({ postgres: {}, [process.env['POSTGRES_DB'] ?? user]: {} });
    process.print('\nPostgreSQL init process complete; ready for start up.\n\n');
  } else process.print('\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n');
  return server(process);
}

function server(process: Process): Promise<number> {
  const version = process.world.image.env['PG_VERSION']!.split('-')[0]!;
  log(process, 1, `starting PostgreSQL ${version} (Debian ${process.world.image.env['PG_VERSION']}) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit`);
  log(process, 1, 'listening on IPv4 address "0.0.0.0", port 5432');
  log(process, 1, 'listening on Unix socket "/var/run/postgresql/.s.PGSQL.5432"');
  log(process, 28, 'database system was shut down at start');
  log(process, 1, 'database system is ready to accept connections');
  process.settle(38, 1);
  return serveUntilTold(process, 5432, (connection) => connection.close(), (signal) => {
    log(process, 1, signal === 'SIGTERM' ? 'received smart shutdown request' : 'received fast shutdown request');
    log(process, 1, 'database system is shut down');
    return 0;
  });
}

function aligned({ columns, rows }: Rows, title?: string): string {
  const widths = columns.map((name, index) => Math.max(name.length, ...rows.map((row) => (row[index] ?? '').length)));
  const line = (cells: readonly string[]): string => `${cells.map((cell, index) => ` ${cell.padEnd(widths[index]!)} `).join('|').replace(/ $/, '')}\n`;
  const center = (text: string, width: number): string => `${' '.repeat(Math.floor((width - text.length) / 2))}${text}`.padEnd(width);
  const numeric = columns.map((_, index) => rows.length > 0 && rows.every((row) => /^-?\d*$/.test(row[index] ?? '')));
  const head = columns.map((name, index) => ` ${center(name, widths[index]!)} `).join('|');
  const body = rows.map((row) => line(row.map((cell, index) => (numeric[index] ? (cell ?? '').padStart(widths[index]!) : (cell ?? ''))))).join('');
  return `${title ? `${title}\n` : ''}${head}\n${widths.map((width) => '-'.repeat(width + 2)).join('+')}\n${body}(${rows.length} row${rows.length === 1 ? '' : 's'})\n\n`;
}

async function psql(process: Process): Promise<number> {
  const { argv, env, world } = process;
  const user = flag(argv, '-U', '--username') ?? env['PGUSER'] ?? 'root';
  const database = flag(argv, '-d', '--dbname') ?? argv.slice(1).find((arg, index) => index > 0 && !arg.startsWith('-') && !argv[index]!.startsWith('-')) ?? user;
  if (!world.network.sockets.some(({ state, local }) => state === 'LISTEN' && local.port === 5432)) {
    process.error('psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: No such file or directory\n\tIs the server running locally and accepting connections on that socket?\n');
    return 2;
  }
  const owner = env['POSTGRES_USER'] ?? 'postgres';
  const place = 'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: FATAL: ';
  const store = new SqlStore(world.files, `${DATA}/base.json`);
  if (user !== owner) return process.error(`${place} role "${user}" does not exist\n`), 2;
  if (!store.read()[database]) return process.error(`${place} database "${database}" does not exist\n`), 2;
  const at = argv.findIndex((arg) => /^-[a-zA-Z]*c$/.test(arg));
  const command = at < 0 ? flag(argv, '--command') : argv[at + 1];
  if (command !== undefined) return run(process, store, database, command, owner);
  let status = 0;
  for (;;) {
    if (process.tty) process.print(`${database}=# `);
    const line = await readLine(process.stdin);
    if (line === undefined || line.trim() === '\\q') return status;
    if (line.trim() !== '') status = run(process, store, database, line, owner);
  }
}

function run(process: Process, store: SqlStore, database: string, text: string, owner: string): number {
  const databases = store.read();
  const isBare = process.argv.some((arg) => /^-[a-zA-Z]*t/.test(arg));
  const shown = (rows: Rows, title?: string): void => process.print(isBare ? `${rows.rows.map((row) => ` ${row.join(' | ')}\n`).join('')}\n` : aligned(rows, title));
  const tables = Object.keys(databases[database] ?? {}).sort();
  if (text.trim().startsWith('\\dt')) {
    if (tables.length === 0) return process.error('Did not find any relations.\n'), 0;
    shown({ columns: ['Schema', 'Name', 'Type', 'Owner'], rows: tables.map((name) => ['public', name, 'table', owner]) }, '        List of relations');
    return 0;
  }
  if (text.trim().startsWith('\\l')) return shown({ columns: ['Name', 'Owner', 'Encoding'], rows: Object.keys(databases).sort().map((name) => [name, owner, 'UTF8']) }, '     List of databases'), 0;
  if (text.trim().startsWith('\\')) return process.error(`invalid command ${text.trim().split(' ')[0]}\nTry \\? for help.\n`), 1;
  for (const statement of text.split(/;(?=(?:[^']*'[^']*')*[^']*$)/).map((part) => part.trim()).filter((part) => part !== '')) {
    if (/^select\s+version\(\)/i.test(statement)) {
      shown({ columns: ['version'], rows: [[`PostgreSQL ${process.world.image.env['PG_VERSION']!.split('-')[0]} (Debian ${process.world.image.env['PG_VERSION']}) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit`]] });
      continue;
    }
    try {
      const result = runSql(statement, databases, database);
      if (result.kind === 'rows') shown({ ...result.rows, columns: result.rows.columns.map((name) => (/^\d+$|^'/.test(name) ? '?column?' : name)) });
      else {
        store.write(databases);
        process.print(`${result.tag}\n`);
      }
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      const words = { 'no-table': `relation "${error.subject}" does not exist`, 'no-column': `column "${error.subject}" does not exist`, exists: `relation "${error.subject}" already exists`, syntax: `syntax error at or near "${error.subject.split(/\s/)[0]}"`, 'no-database': `database "${error.subject}" does not exist` }[error.kind];
      process.error(`ERROR:  ${words}\n`);
      return 1;
    }
  }
  return 0;
}

const isReady = (process: Process): number => {
  const isUp = process.world.network.sockets.some(({ state, local }) => state === 'LISTEN' && local.port === 5432);
  process.print(`/var/run/postgresql:5432 - ${isUp ? 'accepting connections' : 'no response'}\n`);
  return isUp ? 0 : 2;
};

export const postgres = image({
  repository: 'docker.io/library/postgres',
  tags: { ...tags('17.6-1.pgdg12+1', 152_800_000, ['latest', '17', '17.6', 'bookworm', '18']), ...tags('16.10-1.pgdg12+1', 149_900_000, ['16', '16.10']), ...tags('15.14-1.pgdg12+1', 147_000_000, ['15', '14', '13', '12', '11', '10']), ...tags('17.6-1.pgdg12+1', 109_000_000, ['alpine', '17-alpine', '16-alpine', '15-alpine']) },
  entrypoint: ['docker-entrypoint.sh'],
  command: ['postgres'],
  env: { PATH: `${PATH}:/usr/lib/postgresql/17/bin`, PGDATA: DATA, PG_VERSION: '17.6-1.pgdg12+1', LANG: 'en_US.utf8' },
  stopSignal: 'SIGINT',
  files: { ...debianFiles([['postgres', 999, '/var/lib/postgresql']]), [`${DATA}/`]: '', '/var/run/postgresql/': '', '/docker-entrypoint-initdb.d/': '' },
  links: DEBIAN_LINKS,
  modes: SHARED_MODES,
  userland: 'debian',
  programs: { 'docker-entrypoint.sh': entrypoint, psql, pg_isready: isReady, postgres: server },
  withVersion: (version) => ({ env: { PATH: `${PATH}:/usr/lib/postgresql/17/bin`, PGDATA: DATA, PG_VERSION: version, LANG: 'en_US.utf8' } }),
});
