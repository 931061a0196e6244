import type { Process } from '../processes/process.ts';
import { httpDate } from './dates.ts';
import { image, PATH, tags } from './image.ts';
import { serveHttp } from './http-server.ts';
import { debianFiles, DEBIAN_LINKS, SHARED_MODES } from './userlands.ts';

const ROOT = '/var/www/html';
/** A million square roots in PHP. */
const REQUEST_MS = 40;

/** index.php adds up square roots: each request costs CPU time. What the documentation's walkthrough of autoscaling loads. */
async function apache(process: Process): Promise<number> {
  const { world } = process;
  process.settle(9.2, 0.6);
  const server = world.network.listen({ port: 80, process: 'apache2' }, (connection) =>
    void serveHttp(connection, ({ method, path, version }) => {
      const found = path === '/' || path.startsWith('/index.php');
      const body = new TextEncoder().encode(found ? 'OK!' : '<h1>Not Found</h1>\n');
      process.print(`${connection.remoteAddress.split(':')[0]} - - "${method} ${path} ${version}" ${found ? 200 : 404} ${body.length}\n`);
      return { status: found ? 200 : 404, body, headers: { Date: httpDate(world.clock.now()), Server: 'Apache/2.4.10 (Debian)', 'X-Powered-By': 'PHP/5.6.14', 'Content-Type': 'text/html; charset=UTF-8' } };
    }, { process, milliseconds: REQUEST_MS }),
  );
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGWINCH'] as const) process.onSignal(signal, () => process.end(0));
  try {
    return await process.exited;
  } finally {
    server.close();
  }
}

export const hpaExample = image({
  repository: 'registry.k8s.io/hpa-example',
  tags: tags('1.0', 186_000_000, ['latest']),
  command: ['apache2-foreground'],
  env: { PATH, PHP_VERSION: '5.6.14' },
  workingDir: ROOT,
  files: { ...debianFiles(), [`${ROOT}/index.php`]: '<?php\n$x = 0.0001;\nfor ($i = 0; $i <= 1000000; $i++) {\n\t$x += sqrt($x);\n}\necho "OK!";\n?>\n' },
  links: DEBIAN_LINKS,
  modes: SHARED_MODES,
  userland: 'debian',
  packages: ['curl'],
  programs: { 'apache2-foreground': apache },
});
