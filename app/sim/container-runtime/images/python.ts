import { logDate } from './dates.ts';
import { image, PATH, tags } from './image.ts';
import { flag, httpUntilTold, plain } from './until-told.ts';
import type { Process } from '../processes/process.ts';
import { debianFiles, DEBIAN_LINKS, SHARED_MODES } from './userlands.ts';

/** `python3 -m http.server`: the files of a directory. Other programs are not interpreted. */
function python(process: Process): Promise<number> | number {
  const { argv, world } = process;
  const version = world.image.env['PYTHON_VERSION']!;
  if (argv.includes('--version') || argv.includes('-V')) return process.print(`Python ${version}\n`), 0;
  const moduleAt = argv.indexOf('-m');
  if (moduleAt >= 0 && argv[moduleAt + 1] === 'http.server') return serveFiles(process, argv.slice(moduleAt + 2));
  const printed = argv[1] === '-c' ? /^print\((['"])(.*)\1\)$/.exec(argv[2] ?? '') : undefined;
  if (printed) return process.print(`${printed[2]}\n`), 0;
  process.error(argv.length === 1 ? `Python ${version} (main) [GCC 12.2.0] on linux\n` : `${argv[0]}: this image runs http.server only: other programs are not interpreted\n`);
  return argv.length === 1 ? 0 : 2;
}

function serveFiles(process: Process, args: readonly string[]): Promise<number> {
  const { files, clock } = process.world;
  const port = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 8000);
  const directory = flag(args, '--directory', '-d') ?? process.cwd;
  process.print(`Serving HTTP on 0.0.0.0 port ${port} (http://0.0.0.0:${port}/) ...\n`);
  process.settle(9.6, 0.3);
  return httpUntilTold(process, port, (request, remote) => {
    const target = decodeURIComponent(request.path.split('?')[0]!);
    const path = `${directory}${target}`;
    const index = files.isDirectory(path) && files.isFile(`${path}/index.html`) ? `${path}/index.html` : path;
    const status = files.exists(index) ? 200 : 404;
    if (status === 404) process.error(`${remote.split(':')[0]} - - [${logDate(clock.now()).replace(' +0000', '')}] code 404, message File not found\n`);
    process.error(`${remote.split(':')[0]} - - [${logDate(clock.now()).replace(' +0000', '')}] "${request.method} ${request.path} HTTP/1.1" ${status} -\n`);
    if (status === 404) return plain('<!DOCTYPE HTML>\n<html lang="en">\n    <head>\n        <meta charset="utf-8">\n        <title>Error response</title>\n    </head>\n    <body>\n        <h1>Error response</h1>\n        <p>Error code: 404</p>\n        <p>Message: File not found.</p>\n        <p>Error code explanation: 404 - Nothing matches the given URI.</p>\n    </body>\n</html>\n', 404, { 'Content-Type': 'text/html;charset=utf-8' });
    if (!files.isDirectory(index)) return { status: 200, body: files.read(index), headers: { 'Content-Type': index.endsWith('.html') ? 'text/html' : 'application/octet-stream' } };
    const items = files.list(index).map((name) => `<li><a href="${name}${files.isDirectory(`${index}/${name}`) ? '/' : ''}">${name}${files.isDirectory(`${index}/${name}`) ? '/' : ''}</a></li>\n`).join('');
    return plain(`<!DOCTYPE HTML>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Directory listing for ${target}</title>\n</head>\n<body>\n<h1>Directory listing for ${target}</h1>\n<hr>\n<ul>\n${items}</ul>\n<hr>\n</body>\n</html>\n`, 200, { 'Content-Type': 'text/html; charset=utf-8' });
  });
}

export const pythonImage = image({
  repository: 'docker.io/library/python',
  tags: { ...tags('3.13.7', 388_000_000, ['latest', '3', '3.13', 'bookworm']), ...tags('3.12.11', 371_000_000, ['3.12', '3.11', '3.10', '3.9']), ...tags('3.13.7', 42_000_000, ['slim', '3-slim', '3.13-slim', '3.12-slim', '3.11-slim']), ...tags('3.13.7', 16_500_000, ['alpine', '3-alpine', '3.13-alpine', '3.12-alpine']) },
  command: ['python3'],
  env: { PATH, LANG: 'C.UTF-8', PYTHON_VERSION: '3.13.7' },
  files: debianFiles(),
  links: DEBIAN_LINKS,
  modes: SHARED_MODES,
  userland: 'debian',
  packages: ['curl', 'wget', 'procps'],
  programs: { '/usr/local/bin/python3': python, '/usr/local/bin/python': python },
  withVersion: (version) => ({ env: { PATH, LANG: 'C.UTF-8', PYTHON_VERSION: version } }),
});
