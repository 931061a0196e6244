import { KERNEL } from '../filesystem/special.ts';
import { slashDate } from './dates.ts';
import type { Process, Signal } from '../processes/process.ts';
import { image, PATH, tags } from './image.ts';
import { debianFiles, DEBIAN_LINKS, SHARED_MODES } from './userlands.ts';
import { serveHttp } from './http-server.ts';
import { ConfigurationError, readConfiguration, serversOf, type Server } from './nginx-config.ts';
import { respond } from './nginx-respond.ts';

const INDEX = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`;
const ERROR_50X = `<!DOCTYPE html>
<html>
<head>
<title>Error</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>An error occurred.</h1>
<p>Sorry, the page you are looking for is currently unavailable.<br/>
Please try again later.</p>
<p>If you are the system administrator of this resource then you should check
the error log for details.</p>
<p><em>Faithfully yours, nginx.</em></p>
</body>
</html>
`;
const DEFAULT_CONF = `server {
    listen       80;
    listen  [::]:80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`;
const ROOT = '/usr/share/nginx/html';
const CONF = '/etc/nginx/nginx.conf';
/** From a worker's last word to its end. */
const WORKER_END_MS = 60;

/** The image's entrypoint script: its lines, then what it was given. */
async function entrypoint(process: Process): Promise<number> {
  const command = process.argv.slice(1);
  if (command[0] === 'nginx' || command[0] === 'nginx-debug') {
    for (const line of [
      '/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration',
      '/docker-entrypoint.sh: Looking for shell scripts in /docker-entrypoint.d/',
      '/docker-entrypoint.sh: Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh',
      '10-listen-on-ipv6-by-default.sh: info: Getting the checksum of /etc/nginx/conf.d/default.conf',
      '10-listen-on-ipv6-by-default.sh: info: Enabled listen on IPv6 in /etc/nginx/conf.d/default.conf',
      '/docker-entrypoint.sh: Sourcing /docker-entrypoint.d/15-local-resolvers.envsh',
      '/docker-entrypoint.sh: Launching /docker-entrypoint.d/20-envsubst-on-templates.sh',
      '/docker-entrypoint.sh: Launching /docker-entrypoint.d/30-tune-worker-processes.sh',
      '/docker-entrypoint.sh: Configuration complete; ready for start up',
    ]) process.print(`${line}\n`);
    process.argv = ['nginx:', 'master', 'process', ...command];
    return nginxServer(process);
  }
  return process.become(command, process);
}

async function nginxCommand(process: Process): Promise<number> {
  const flags = process.argv.slice(1);
  if (flags.includes('-v')) return process.error(`nginx version: nginx/${versionOf(process)}\n`), 0;
  if (flags.includes('-t') || flags.includes('-T')) return test(process, flags.includes('-T'));
  const signalAt = flags.indexOf('-s');
  if (signalAt < 0) return nginxServer(process);
  const main = process.world.processes.get(1);
  notice(process, 'signal process started');
  const signals: Readonly<Record<string, Signal>> = { quit: 'SIGQUIT', stop: 'SIGTERM', reload: 'SIGHUP', reopen: 'SIGUSR1' };
  const signal = signals[flags[signalAt + 1] ?? ''];
  if (!signal) return process.error(`nginx: invalid option: "-s ${flags[signalAt + 1]}"\n`), 1;
  if (signal === 'SIGHUP' && loaded(process, 'nginx: ') === undefined) return 1;
  main?.kill(signal);
  return 0;
}

function test(process: Process, shows: boolean): number {
  if (loaded(process, 'nginx: ') === undefined) {
    process.error(`nginx: configuration file ${CONF} test failed\n`);
    return 1;
  }
  process.error(`nginx: the configuration file ${CONF} syntax is ok\nnginx: configuration file ${CONF} test is successful\n`);
  if (shows) process.print(`# configuration file ${CONF}:\n${process.world.files.readText(CONF)}\n`);
  return 0;
}

/** The servers of the configuration; undefined, with nginx's complaint, when it makes no sense. */
function loaded(process: Process, prefix: string): Server[] | undefined {
  try {
    return serversOf(readConfiguration(process.world.files, CONF));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.error(`${slashDate(process.world.clock.now())} [emerg] ${process.pid}#${process.pid}: ${error.message}\n${prefix === '' ? '' : `${prefix}[emerg] ${error.message}\n`}`);
    return undefined;
  }
}

function versionOf({ world }: Process): string {
  return world.image.env['NGINX_VERSION']!;
}

function notice(process: Process, text: string): void {
  process.error(`${slashDate(process.world.clock.now())} [notice] ${process.pid}#${process.pid}: ${text}\n`);
}

/** Listens where the configuration says, and again where a new one says. */
class Listeners {
  readonly #process: Process;
  readonly #open = new Map<number, { close(): void }>();
  servers: readonly Server[];

  constructor(process: Process, servers: readonly Server[]) {
    this.#process = process;
    this.servers = servers;
  }

  /** Throws when a port is taken. */
  update(servers: readonly Server[]): void {
    this.servers = servers;
    const wanted = new Set(servers.flatMap(({ ports }) => ports));
    for (const [port, listener] of this.#open) {
      if (wanted.has(port)) continue;
      listener.close();
      this.#open.delete(port);
    }
    for (const port of wanted) {
      if (this.#open.has(port)) continue;
      this.#open.set(port, this.#process.world.network.listen({ port, process: 'nginx' }, (connection) => void serveHttp(connection, (request) => respond(this.#process, this.servers.filter(({ ports }) => ports.includes(port)), request, connection.remoteAddress), { process: this.#process, milliseconds: 0.2 })));
    }
  }

  close(): void {
    for (const listener of this.#open.values()) listener.close();
  }
}

/** What the master says of its workers; one for each core. models ngx_master_process_cycle */
class Workers {
  readonly #process: Process;
  #numbers: readonly number[] = [];
  #next = 29;

  constructor(process: Process) {
    this.#process = process;
  }

  start(): void {
    notice(this.#process, 'start worker processes');
    this.#numbers = [this.#next++, this.#next++];
    for (const number of this.#numbers) notice(this.#process, `start worker process ${number}`);
  }

  /** New ones answer before the old ones go. */
  replace(): void {
    const old = this.#numbers;
    this.#next = Math.max(this.#next, 40) + 1;
    this.start();
    void this.#end(old, true).catch(() => {});
  }

  stop(gracefully: boolean): Promise<void> {
    return this.#end(this.#numbers, gracefully);
  }

  async #end(numbers: readonly number[], gracefully: boolean): Promise<void> {
    const { clock } = this.#process.world;
    await this.#process.sleep(20);
    const say = (number: number, text: string): void => this.#process.error(`${slashDate(clock.now())} [notice] ${number}#${number}: ${text}\n`);
    for (const text of [...(gracefully ? ['gracefully shutting down'] : []), 'exiting', 'exit']) for (const number of numbers) say(number, text);
    await this.#process.sleep(WORKER_END_MS);
    for (const number of numbers) {
      notice(this.#process, `signal 17 (SIGCHLD) received from ${number}`);
      notice(this.#process, `worker process ${number} exited with code 0`);
    }
  }
}

async function nginxServer(process: Process): Promise<number> {
  const servers = loaded(process, 'nginx: ');
  if (!servers) return 1;
  const { user, capabilities } = process.world;
  const privileged = servers.flatMap(({ ports }) => ports).find((port) => port < 1024 && user.uid === 0 && !capabilities.has('NET_BIND_SERVICE'));
  const listeners = new Listeners(process, servers);
  process.settle(3.4, 0.02);
  try {
    if (privileged !== undefined) throw new Error('13: Permission denied');
    listeners.update(servers);
  } catch (error) {
    const reason = (error as Error).message.startsWith('13') ? (error as Error).message : '98: Address already in use';
    for (const line of [`${slashDate(process.world.clock.now())} [emerg] 1#1: `, 'nginx: [emerg] ']) process.error(`${line}bind() to 0.0.0.0:${privileged ?? servers[0]?.ports[0] ?? 80} failed (${reason})\n`);
    listeners.close();
    return 1;
  }
  for (const text of ['using the "epoll" event method', `nginx/${versionOf(process)}`, 'built by gcc 12.2.0 (Debian 12.2.0-14+deb12u1) ', `OS: Linux ${KERNEL}`, 'getrlimit(RLIMIT_NOFILE): 1048576:1048576']) notice(process, text);
  const workers = new Workers(process);
  workers.start();
  const quit = (signal: string, number: number): void => {
    notice(process, `signal ${number} (${signal}) received, ${signal === 'SIGQUIT' ? 'shutting down' : 'exiting'}`);
    listeners.close();
    void workers.stop(signal === 'SIGQUIT').then(() => {
      notice(process, 'exit');
      process.end(0);
    }, () => {});
  };
  process.onSignal('SIGQUIT', () => quit('SIGQUIT', 3));
  process.onSignal('SIGTERM', () => quit('SIGTERM', 15));
  process.onSignal('SIGINT', () => quit('SIGINT', 2));
  process.onSignal('SIGHUP', () => {
    notice(process, 'signal 1 (SIGHUP) received from 40, reconfiguring');
    notice(process, 'reconfiguring');
    const next = loaded(process, '');
    if (!next) return;
    listeners.update(next);
    notice(process, 'using the "epoll" event method');
    workers.replace();
  });
  await process.exited;
  listeners.close();
  return 0;
}

/** What nginx tells a gateway of a request. */
function parameters(directive: string): string {
  const names = { QUERY_STRING: 'query_string', REQUEST_METHOD: 'request_method', CONTENT_TYPE: 'content_type', CONTENT_LENGTH: 'content_length', REQUEST_URI: 'request_uri', DOCUMENT_URI: 'document_uri', DOCUMENT_ROOT: 'document_root', SERVER_PROTOCOL: 'server_protocol', REQUEST_SCHEME: 'scheme', HTTPS: 'https if_not_empty', REMOTE_ADDR: 'remote_addr', REMOTE_PORT: 'remote_port', SERVER_PORT: 'server_port', SERVER_NAME: 'server_name' };
  return `\n${Object.entries(names).map(([name, value]) => `${`${directive}  ${name}`.padEnd(34)} $${value};\n`).join('')}`;
}

const NGINX_CONF = `
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;


events {
    worker_connections  1024;
}


http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;
    #tcp_nopush     on;

    keepalive_timeout  65;

    #gzip  on;

    include /etc/nginx/conf.d/*.conf;
}
`;

export const nginx = image({
  repository: 'docker.io/library/nginx',
  tags: {
    ...tags('1.29.3', 59_801_000, ['latest', '1', '1.29', '1.29.3', 'mainline', 'bookworm']), ...tags('1.28.0', 72_407_000, ['1.28', '1.28.0', 'stable']), ...tags('1.27.5', 72_404_000, ['1.27', '1.27.0', '1.27.1', '1.27.2', '1.27.3', '1.27.4', '1.27.5']), ...tags('1.26.3', 71_930_000, ['1.26', '1.26.0', '1.26.3']), ...tags('1.25.5', 71_005_000, ['1.25', '1.25.5', '1.25.3']),
    ...tags('1.24.0', 57_200_000, ['1.24', '1.24.0']), ...tags('1.23.4', 57_100_000, ['1.23', '1.23.4']), ...tags('1.22.1', 56_900_000, ['1.22']), ...tags('1.21.6', 56_700_000, ['1.21', '1.21.6']), ...tags('1.20.2', 56_300_000, ['1.20']), ...tags('1.19.10', 53_600_000, ['1.19']), ...tags('1.18.0', 53_500_000, ['1.18', '1.18.0']), ...tags('1.17.10', 51_000_000, ['1.17']),
    ...tags('1.16.1', 51_002_000, ['1.16', '1.16.1']), ...tags('1.15.12', 44_700_000, ['1.15', '1.15.12']), ...tags('1.14.2', 44_710_000, ['1.14', '1.14.2']), ...tags('1.7.9', 39_900_000, ['1.7.9', '1.9.1']), ...tags('1.29.3', 22_600_000, ['alpine', '1.29-alpine', 'stable-alpine', '1-alpine']), ...tags('1.27.5', 20_500_000, ['1.27-alpine', '1.26-alpine', '1.25-alpine']),
  },
  entrypoint: ['/docker-entrypoint.sh'],
  command: ['nginx', '-g', 'daemon off;'],
  env: { PATH, NGINX_VERSION: '', NJS_VERSION: '0.8.10', NJS_RELEASE: '1~bookworm', PKG_RELEASE: '1~bookworm', DYNPKG_RELEASE: '1~bookworm' },
  stopSignal: 'SIGQUIT',
  files: {
    ...debianFiles([['nginx', 101, '/nonexistent']]), '/docker-entrypoint.d/10-listen-on-ipv6-by-default.sh': '#!/bin/sh\n', '/docker-entrypoint.d/20-envsubst-on-templates.sh': '#!/bin/sh\n', '/docker-entrypoint.d/30-tune-worker-processes.sh': '#!/bin/sh\n', '/etc/nginx/nginx.conf': NGINX_CONF, '/etc/nginx/fastcgi_params': parameters('fastcgi_param'), '/etc/nginx/scgi_params': parameters('scgi_param'), '/etc/nginx/uwsgi_params': parameters('uwsgi_param'), '/etc/nginx/mime.types': 'types {\n    text/html                                        html htm shtml;\n    text/css                                         css;\n}\n', '/etc/nginx/conf.d/default.conf': DEFAULT_CONF,
    [`${ROOT}/index.html`]: INDEX, [`${ROOT}/50x.html`]: ERROR_50X, '/var/cache/nginx/': '', '/var/log/nginx/': '',
  },
  links: { ...DEBIAN_LINKS, '/var/log/nginx/access.log': '/dev/stdout', '/var/log/nginx/error.log': '/dev/stderr', '/etc/nginx/modules': '/usr/lib/nginx/modules' },
  modes: SHARED_MODES,
  userland: 'debian',
  packages: ['curl'],
  programs: { '/docker-entrypoint.sh': entrypoint, '/usr/sbin/nginx': nginxCommand },
  withVersion: (version) => ({ env: { PATH, NGINX_VERSION: version, NJS_VERSION: '0.8.10', NJS_RELEASE: '1~bookworm', PKG_RELEASE: '1~bookworm', DYNPKG_RELEASE: '1~bookworm' } }),
});
