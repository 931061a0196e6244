import type { Process } from '../processes/process.ts';
import { httpDate, logDate } from './dates.ts';
import { serveHttp } from './http-server.ts';
import { image, PATH, tags } from './image.ts';
import { debianFiles, DEBIAN_LINKS, SHARED_MODES } from './userlands.ts';

const ROOT = '/usr/local/apache2/htdocs';
const encoder = new TextEncoder();

async function httpd(process: Process): Promise<number> {
  const { world } = process;
  const address = world.network.addresses[0] ?? '127.0.0.1';
  const warning = `AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using ${address}. Set the 'ServerName' directive globally to suppress this message`;
  process.error(`${warning}\n${warning}\n`);
  const server = world.network.listen({ port: 80, process: 'httpd' }, (connection) =>
    void serveHttp(connection, (request) => {
      const path = `${ROOT}${request.path === '/' ? '/index.html' : request.path}`;
      const found = world.files.isFile(path);
      const body = found ? world.files.read(path) : encoder.encode('<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>404 Not Found</title>\n</head><body>\n<h1>Not Found</h1>\n<p>The requested URL was not found on this server.</p>\n</body></html>\n');
      process.print(`${connection.remoteAddress.split(':')[0]} - - [${logDate(world.clock.now())}] "${request.method} ${request.path} ${request.version}" ${found ? 200 : 404} ${body.length}\n`);
      return { status: found ? 200 : 404, body, headers: { Date: httpDate(world.clock.now()), Server: 'Apache/2.4.65 (Unix)', 'Content-Type': 'text/html' } };
    }, { process, milliseconds: 0.4 }),
  );
  const stamp = httpDate(world.clock.now()).slice(0, 16);
  process.error(`[${stamp}] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.65 (Unix) configured -- resuming normal operations\n[${stamp}] [core:notice] [pid 1:tid 1] AH00094: Command line: 'httpd -D FOREGROUND'\n`);
  process.settle(6.5, 0.2);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGWINCH'] as const) process.onSignal(signal, () => process.end(0));
  await process.exited;
  server.close();
  return 0;
}

export const httpdImage = image({
  repository: 'docker.io/library/httpd',
  tags: { ...tags('2.4.65', 45_187_000, ['latest', '2', '2.4', '2.4.65', 'bookworm']), ...tags('2.4.65', 22_310_000, ['alpine', '2.4-alpine']) },
  command: ['httpd-foreground'],
  env: { PATH: `/usr/local/apache2/bin:${PATH}`, HTTPD_PREFIX: '/usr/local/apache2', HTTPD_VERSION: '2.4.65' },
  workingDir: '/usr/local/apache2',
  stopSignal: 'SIGWINCH',
  files: { ...debianFiles(), [`${ROOT}/index.html`]: '<html><body><h1>It works!</h1></body></html>\n', '/usr/local/apache2/conf/httpd.conf': 'ServerRoot "/usr/local/apache2"\nListen 80\nDocumentRoot "/usr/local/apache2/htdocs"\n', '/usr/local/apache2/logs/': '', '/usr/local/apache2/cgi-bin/': '' },
  links: DEBIAN_LINKS,
  modes: SHARED_MODES,
  userland: 'debian',
  programs: { 'httpd-foreground': httpd, '/usr/local/apache2/bin/httpd': httpd },
});
