import { serveHttp } from '../../container-runtime/images/http-server.ts';
import type { HostedProgram } from '../../container-runtime/processes/hosted.ts';
import type { TransportFactory } from '../../machinery/transport.ts';
import { serviceAccountClient } from '../service-account.ts';
import { GatewayController } from './controller.ts';
import { Proxy } from './proxy.ts';

const HEALTH_PORT = 10_254;

/** `gateway` in its container: control plane and data plane in one, as small ingress controllers are. */
export function gatewayProgram(transport: TransportFactory): HostedProgram {
  return async (process, pod) => {
    const { network, clock, random, hostname } = process.world;
    const log = (line: string): void => process.print(`${line}\n`);
    const controller = new GatewayController({
      client: serviceAccountClient(transport, pod, 'gateway', 'orrery-gateway/1.0'), clock, pod: pod.name, log,
      proxy: (view) => new Proxy({ network, clock, random, hostname, log, service: (namespace, name) => view.service(namespace, name), slices: (namespace, service) => view.slices(namespace, service) }),
    });
    const health = network.listen({ port: HEALTH_PORT, process: 'gateway' }, (connection) => void serveHttp(connection, ({ path }) => {
      const status = path !== '/healthz' ? 404 : controller.isReady ? 200 : 503;
      return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: Buffer.from(status === 200 ? 'ok' : '') };
    }));
    process.onSignal('SIGTERM', () => process.end(0));
    try {
      await process.exited;
    } finally {
      controller.dispose();
      health.close();
    }
    return 0;
  };
}
