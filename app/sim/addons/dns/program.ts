import type { HostedProgram } from '../../container-runtime/processes/hosted.ts';
import type { TransportFactory } from '../../machinery/transport.ts';
import { serviceAccountClient } from '../service-account.ts';
import { CoreDns } from './core-dns.ts';

/** `coredns -conf FILE` in its container: reads the mounted Corefile, and asks the API as its service account. */
export function coreDnsProgram(transport: TransportFactory): HostedProgram {
  return async (process, pod) => {
    const { files, network, clock } = process.world;
    const at = process.argv.indexOf('-conf');
    const client = serviceAccountClient(transport, pod, 'coredns', 'coredns/1.13.1');
    let server: CoreDns;
    try {
      server = new CoreDns({
        configuration: at < 0 ? 'Corefile' : process.argv[at + 1]!, network, clock, client,
        readFile: (path) => (files.isFile(path) ? files.readText(path) : undefined),
        log: (line) => process.print(`${line}\n`),
      });
    } catch (error) {
      process.print(`${(error as Error).message}\n`);
      return 1;
    }
    process.onSignal('SIGTERM', () => {
      process.print('[INFO] SIGTERM: Shutting down servers then terminating\n');
      if (server.lameDuckMs > 0) process.print(`[INFO] plugin/health: Going into lameduck mode for ${server.lameDuckMs / 1000}s\n`);
      void process.sleep(server.lameDuckMs).then(() => process.end(0), () => {});
    });
    await process.exited;
    server.dispose();
    return 0;
  };
}
