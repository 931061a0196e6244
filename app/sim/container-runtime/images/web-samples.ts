import type { HttpRequest } from './http-server.ts';
import { httpDate } from './dates.ts';
import { image, tags } from './image.ts';
import { flag, httpUntilTold, plain } from './until-told.ts';

/** Small servers that tell who answered: traefik/whoami, hashicorp/http-echo, the echo server. */
export const whoami = image({
  repository: 'docker.io/traefik/whoami',
  tags: { ...tags('v1.11.0', 2_870_000, ['latest', 'v1.11', 'v1.11.0', 'v1.10']) },
  entrypoint: ['/whoami'],
  programs: {
    '/whoami': (process) => {
      const { world, argv, env } = process;
      const port = Number(flag(argv, '--port', '-port') ?? env['WHOAMI_PORT_NUMBER'] ?? 80);
      const name = flag(argv, '--name', '-name') ?? env['WHOAMI_NAME'];
      process.print(`Starting up on port ${port}\n`);
      return httpUntilTold(process, port, (request, remote) => plain(`${name ? `Name: ${name}\n` : ''}Hostname: ${world.hostname}\nIP: 127.0.0.1\nIP: ${world.network.addresses[0]}\nRemoteAddr: ${remote}\n${wireForm(request)}`, 200, { Date: httpDate(world.clock.now()) }));
    },
  },
});

/** A request as Go writes one: host and agent first, the rest by name. models net/http: Request.Write */
function wireForm({ method, path, headers }: HttpRequest): string {
  const canonical = (name: string): string => name.split('-').map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('-');
  const rest = Object.entries(headers).filter(([name]) => !['host', 'user-agent', 'connection'].includes(name)).map(([name, value]) => `${canonical(name)}: ${value}`).sort();
  return [`${method} ${path} HTTP/1.1`, `Host: ${headers['host'] ?? ''}`, ...(headers['user-agent'] ? [`User-Agent: ${headers['user-agent']}`] : []), ...rest, '', ''].join('\r\n');
}

export const httpEcho = image({
  repository: 'docker.io/hashicorp/http-echo',
  tags: { ...tags('1.0.0', 2_930_000, ['latest', '1.0', '1.0.0', '0.2.3']) },
  entrypoint: ['/http-echo'],
  user: '65532',
  programs: {
    '/http-echo': (process) => {
      const { world, argv, env } = process;
      const listen = flag(argv, '-listen', '--listen') ?? ':5678';
      const text = flag(argv, '-text', '--text') ?? env['ECHO_TEXT'];
      if (text === undefined) {
        process.error('Missing -text option!\n');
        return 127;
      }
      process.print(`${httpDate(world.clock.now())} [INFO] server is listening on ${listen}\n`);
      return httpUntilTold(process, Number(listen.split(':').pop()), () => plain(`${text}\n`, 200, { 'X-App-Name': 'http-echo', 'X-App-Version': '1.0.0', Date: httpDate(world.clock.now()) }));
    },
  },
});

export const echoServer = image({
  repository: 'registry.k8s.io/echoserver',
  tags: { ...tags('1.10', 43_400_000, ['1.10', '1.4', '1.8']) },
  entrypoint: ['/usr/local/bin/run.sh'],
  programs: {
    '/usr/local/bin/run.sh': (process) => httpUntilTold(process, 8080, (request, remote) => plain(`\n\nHostname: ${process.world.hostname}\n\nPod Information:\n\t-no pod information available-\n\nServer values:\n\tserver_version=nginx: 1.13.3 - lua: 10008\n\nRequest Information:\n\tclient_address=${remote.split(':')[0]}\n\tmethod=${request.method}\n\treal path=${request.path}\n\tquery=\n\trequest_version=1.1\n\trequest_scheme=http\n\trequest_uri=http://${request.headers['host'] ?? ''}:8080${request.path}\n\nRequest Headers:\n${Object.entries(request.headers).map(([name, value]) => `\t${name}=${value}\n`).join('')}\nRequest Body:\n\t-no body in request-\n\n`)),
  },
});
