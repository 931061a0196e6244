import type { Process } from '../processes/process.ts';
import { readAll } from '../tools/input.ts';
import { dateParts } from './dates.ts';
import { image, PATH, tags } from './image.ts';
import { runSql, SqlError, SqlStore, type Rows } from './sql.ts';
import { flag, serveUntilTold } from './until-told.ts';
import { debianFiles, DEBIAN_LINKS, SHARED_MODES } from './userlands.ts';

const DATA = '/var/lib/mysql';

function stamp(process: Process): string {
  const { year, month, day, time } = dateParts(process.world.clock.now());
  return `${year}-${month}-${day} ${time}+00:00`;
}

async function entrypoint(process: Process): Promise<number> {
  const command = process.argv.slice(1);
  const version = process.world.image.env['MYSQL_VERSION']!.split('-')[0]!;
  if (command[0] !== 'mysqld' && !command[0]?.startsWith('-')) return process.become(command, process);
  const note = (text: string): void => process.print(`${stamp(process)} [Note] [Entrypoint]: ${text}\n`);
  note(`Entrypoint script for MySQL Server ${version}-1.el9 started.`);
  const store = new SqlStore(process.world.files, `${DATA}/data.json`);
  const { env } = process;
  if (store.isNew) {
    if (!env['MYSQL_ROOT_PASSWORD'] && !env['MYSQL_ALLOW_EMPTY_PASSWORD'] && !env['MYSQL_RANDOM_ROOT_PASSWORD']) {
      process.error(`${stamp(process)} [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD\n`);
      return 1;
    }
    note('Initializing database files');
    await process.sleep(4_000);
    store.write({ information_schema: {}, mysql: {}, performance_schema: {}, sys: {}, ...(env['MYSQL_DATABASE'] ? { [env['MYSQL_DATABASE']]: {} } : {}) });
    note('MySQL init process done. Ready for start up.');
  }
  return server(process);
}

function server(process: Process): Promise<number> {
  const version = process.world.image.env['MYSQL_VERSION']!.split('-')[0]!;
  const system = (code: string, text: string): void => process.error(`${stamp(process).replace(' ', 'T').replace('+00:00', '.000000Z')} 0 [System] [${code}] [Server] ${text}\n`);
  system('MY-010116', `/usr/sbin/mysqld (mysqld ${version}) starting as process 1`);
  system('MY-010931', `/usr/sbin/mysqld: ready for connections. Version: '${version}'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server - GPL.`);
  process.settle(370, 6);
  return serveUntilTold(process, 3306, (connection) => connection.close(), () => {
    system('MY-013172', 'Received SHUTDOWN from user <via user signal>. Shutting down mysqld (Version: ' + version + ').');
    system('MY-010910', `/usr/sbin/mysqld: Shutdown complete (mysqld ${version})  MySQL Community Server - GPL.`);
    return 0;
  });
}

interface Login {
  readonly user: string;
  readonly password: string | undefined;
}

function loginOf({ argv }: Process): Login {
  const short = argv.find((arg) => /^-p./.test(arg))?.slice(2);
  return { user: flag(argv, '--user', '-u') ?? argv.find((arg) => /^-u./.test(arg))?.slice(2) ?? 'root', password: short ?? flag(argv, '--password') };
}

/** Undefined: all is well. */
function refusal(process: Process, { user, password }: Login): string | undefined {
  if (!process.world.network.sockets.some(({ state, local }) => state === 'LISTEN' && local.port === 3306)) return "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/var/run/mysqld/mysqld.sock' (2)";
  const { env } = process;
  const wanted = user === 'root' ? (env['MYSQL_ROOT_PASSWORD'] ?? '') : user === env['MYSQL_USER'] ? (env['MYSQL_PASSWORD'] ?? '') : undefined;
  if (wanted !== undefined && wanted === (password ?? '')) return undefined;
  return `ERROR 1045 (28000): Access denied for user '${user}'@'localhost' (using password: ${password === undefined ? 'NO' : 'YES'})`;
}

const WARNING = '[Warning] Using a password on the command line interface can be insecure.\n';

async function mysql(process: Process): Promise<number> {
  const login = loginOf(process);
  if (login.password !== undefined) process.error(`mysql: ${WARNING}`);
  const refused = refusal(process, login);
  if (refused) return process.error(`${refused}\n`), 1;
  const { argv } = process;
  const store = new SqlStore(process.world.files, `${DATA}/data.json`);
  const script = flag(argv, '-e', '--execute') ?? (await readAll(process));
  let database = flag(argv, '-D', '--database') ?? argv.slice(1).find((arg, index) => !arg.startsWith('-') && !/^(-u|-h|-e|-P|-D|--user|--host|--execute|--database)$/.test(argv[index] ?? ''));
  for (const [index, statement] of script.split(/;(?=(?:[^']*'[^']*')*[^']*$)/).map((part) => part.trim()).filter((part) => part !== '').entries()) {
    const databases = store.read();
    const fail = (text: string): number => (process.error(`ERROR ${text.replace(/^(\d+) \((\w+)\): /, `$1 ($2) at line ${index + 1}: `)}\n`), 1);
    const use = /^use\s+`?(\w+)/i.exec(statement);
    if (use) {
      if (!databases[use[1]!]) return fail(`1049 (42000): Unknown database '${use[1]}'`);
      database = use[1];
    } else if (/^show\s+databases/i.test(statement)) show(process, { columns: ['Database'], rows: Object.keys(databases).sort().map((name) => [name]) });
    else if (/^select\s+version\(\)/i.test(statement)) show(process, { columns: ['VERSION()'], rows: [[process.world.image.env['MYSQL_VERSION']!.split('-')[0]!]] });
    else {
      const isFree = /^(create\s+database|select\s+[^f]*$)/i.test(statement);
      if (database === undefined && !isFree) return fail('1046 (3D000): No database selected');
      if (/^show\s+tables/i.test(statement)) show(process, { columns: [`Tables_in_${database}`], rows: Object.keys(databases[database!] ?? {}).sort().map((name) => [name]) });
      else {
        try {
          const result = runSql(statement.replace(/\bauto_increment\b/gi, ''), databases, database ?? 'mysql');
          if (result.kind === 'rows') show(process, { ...result.rows, columns: result.rows.columns.map((name) => (name === 'count' ? 'COUNT(*)' : name)) });
          else store.write(databases);
        } catch (error) {
          if (!(error instanceof SqlError)) throw error;
          return fail({ 'no-table': `1146 (42S02): Table '${database}.${error.subject}' doesn't exist`, 'no-column': `1054 (42S22): Unknown column '${error.subject}' in 'field list'`, exists: `1050 (42S01): Table '${error.subject}' already exists`, 'no-database': `1049 (42000): Unknown database '${error.subject}'`, syntax: `1064 (42000): You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${error.subject}' at line 1` }[error.kind]);
        }
      }
    }
  }
  return 0;
}

/** A box on a terminal, tabs elsewhere. */
function show(process: Process, { columns, rows }: Rows): void {
  if (rows.length === 0) return;
  if (!process.tty) return process.print([columns, ...rows].map((row) => `${row.map((cell) => cell ?? 'NULL').join('\t')}\n`).join(''));
  const widths = columns.map((name, index) => Math.max(name.length, ...rows.map((row) => (row[index] ?? 'NULL').length)));
  const border = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+\n`;
  const line = (cells: readonly (string | null)[]): string => `|${cells.map((cell, index) => ` ${(cell ?? 'NULL').padEnd(widths[index]!)} `).join('|')}|\n`;
  process.print(`${border}${line(columns)}${border}${rows.map(line).join('')}${border}`);
}

function mysqladmin(process: Process): number {
  const login = loginOf(process);
  if (login.password !== undefined) process.error(`mysqladmin: ${WARNING}`);
  const refused = refusal(process, login);
  const isPing = process.argv.includes('ping');
  if (refused && !(isPing && refused.includes('Access denied'))) {
    process.error(`mysqladmin: connect to server at 'localhost' failed\nerror: '${refused.replace(/^ERROR \d+ \(\w+\): /, '')}'\n${refused.includes('2002') ? "Check that mysqld is running and that the socket: '/var/run/mysqld/mysqld.sock' exists!\n" : ''}`);
    return 1;
  }
  process.print(isPing ? 'mysqld is alive\n' : `Uptime: ${Math.floor((process.world.clock.now() - process.world.startedAt) / 1000)}  Threads: 2  Questions: 5  Slow queries: 0  Opens: 119  Flush tables: 3  Open tables: 38  Queries per second avg: 0.1\n`);
  return 0;
}

export const mysqlImage = image({
  repository: 'docker.io/library/mysql',
  tags: { ...tags('9.4.0-1.el9', 255_000_000, ['latest', '9', '9.4']), ...tags('8.4.6-1.el9', 233_000_000, ['8', '8.4', 'lts']), ...tags('8.0.43-1.el9', 233_500_000, ['8.0', '8.0.43']), ...tags('5.7.44-1.el7', 137_800_000, ['5', '5.7', '5.6']) },
  entrypoint: ['docker-entrypoint.sh'],
  command: ['mysqld'],
  env: { PATH, MYSQL_MAJOR: '8.4', MYSQL_VERSION: '8.4.6-1.el9' },
  files: { ...debianFiles([['mysql', 999, '/var/lib/mysql']]), [`${DATA}/`]: '', '/var/run/mysqld/': '', '/docker-entrypoint-initdb.d/': '' },
  links: DEBIAN_LINKS,
  modes: SHARED_MODES,
  userland: 'debian',
  programs: { 'docker-entrypoint.sh': entrypoint, mysqld: server, mysql, mysqladmin },
  withVersion: (version) => ({ env: { PATH, MYSQL_MAJOR: version.split('.').slice(0, 2).join('.'), MYSQL_VERSION: version } }),
});
