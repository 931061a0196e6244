import { rfc3339 } from '../../../base/clock/index.ts';
import { CODES, RpcError, serveHealth } from '../../network/grpc/health.ts';
import type { Process } from '../processes/process.ts';
import { alpine } from './busybox.ts';
import { httpDate, slashDate } from './dates.ts';
import { image, tags } from './image.ts';
import { flag, httpUntilTold, plain } from './until-told.ts';

/** A gRPC server that says how it is, and an HTTP server to say how it shall be. models test/images/agnhost/grpc-health-checking */
function grpcHealthChecking(process: Process): Promise<number> {
  const { world: { clock, network }, argv } = process;
  const value = (name: string): string | undefined => flag(argv, `--${name}`);
  const [port, httpPort, unhealthyAfter, service] = [Number(value('port') ?? 5000), Number(value('http-port') ?? 8080), Number(value('delay-unhealthy-sec') ?? -1), value('service') ?? ''];
  const started = clock.now();
  const log = (text: string): void => process.error(`${slashDate(clock.now())} ${text}\n`);
  let forced: boolean | undefined;
  log(`Http server starting to listen on :${httpPort}`);
  log(`gRPC server starting to listen on :${port}`);
  const server = network.listen({ port, process: 'agnhost' }, (connection) => void serveHealth(connection, (asked) => {
    log(`Serving the Check request for health check, started at ${rfc3339(started).slice(0, 19).replace('T', ' ')} +0000 UTC m=+0.002`);
    if (asked !== service) throw new RpcError(CODES.NOT_FOUND, 'unknown service');
    const isUnhealthy = forced === true || (unhealthyAfter >= 0 && clock.now() - started >= unhealthyAfter * 1000);
    return isUnhealthy ? 'NOT_SERVING' : 'SERVING';
  }));
  return httpUntilTold(process, httpPort, ({ path }) => {
    if (path !== '/make-serving' && path !== '/make-not-serving') return plain('404 page not found\n', 404);
    forced = path === '/make-not-serving';
    log(forced ? 'Mark as unhealthy' : 'Mark as healthy');
    return plain(`${(clock.now() - started) / 1000}s`);
  }).finally(() => server.close());
}

/** The image of Kubernetes' own tests. */
export const agnhost = image({
  ...alpine,
  repository: 'registry.k8s.io/e2e-test-images/agnhost',
  tags: { ...tags('2.53', 53_900_000, ['2.53', '2.47', '2.45', '2.43', '2.40', '2.39', '2.21']) },
  entrypoint: ['/agnhost'],
  command: ['pause'],
  programs: {
    '/agnhost': (process) => {
      const [, command = 'pause'] = process.argv;
      const { world, argv } = process;
      if (command === 'serve-hostname') {
        process.print('Serving on port 9376.\n');
        return httpUntilTold(process, Number(flag(argv, '--port') ?? 9376), () => plain(world.hostname));
      }
      if (command === 'netexec') {
        const port = Number(flag(argv, '--http-port') ?? 8080);
        process.print(`Started HTTP server on port ${port}\n`);
        return httpUntilTold(process, port, (request, remote) => {
          const [path = '', query = ''] = request.path.split('?');
          if (path === '/hostname' || path === '/hostName') return plain(world.hostname);
          if (path === '/clientip') return plain(remote);
          if (path === '/echo') return plain(decodeURIComponent(/msg=([^&]*)/.exec(query)?.[1] ?? ''));
          if (path === '/healthz') return plain('');
          return plain(`NOW: ${httpDate(world.clock.now())}`);
        });
      }
      if (command === 'grpc-health-checking') return grpcHealthChecking(process);
      if (command === 'pause') {
        process.print('Paused\n');
        for (const signal of ['SIGTERM', 'SIGINT'] as const) process.onSignal(signal, () => process.end(0));
        return process.exited;
      }
      process.error(`Error: unknown command "${command}" for "app"\nRun 'app --help' for usage.\n`);
      return 1;
    },
  },
});
