import { parse } from 'yaml';
import { rfc3339Micro } from '../../../base/clock/index.ts';
import { serveHttp, type HttpResponse } from '../../container-runtime/images/http-server.ts';
import type { HostedProgram } from '../../container-runtime/processes/hosted.ts';
import type { Process } from '../../container-runtime/processes/process.ts';
import { isRecord } from '../../machinery/objects.ts';
import type { AddonDoors } from '../index.ts';
import { klog } from '../klog.ts';
import { serviceAccountUser } from '../service-account.ts';

const MODES = ['', 'iptables', 'ipvs', 'nftables'];
const HEALTH_PORT = 10_256;
const METRICS_PORT = 10_249;

interface Configuration {
  readonly mode: string;
}

/**
 * `kube-proxy --config=FILE` in its Pod: reads the mounted configuration, and its node's rules are written while it runs. What
 * it cannot read ends it, so that a bad ConfigMap shows as CrashLoopBackOff while the old rules stay.
 */
export function kubeProxyProgram(doors: AddonDoors): HostedProgram {
  return async (process, pod) => {
    const log = klog(process);
    const node = flag(process, 'hostname-override') || pod.node;
    const proxy = doors.kubeProxy(pod.node);
    let configuration: Configuration;
    try {
      configuration = read(process, flag(process, 'config'));
    } catch (error) {
      log('E', 'run.go:72', `"command failed" err=${JSON.stringify((error as Error).message)}`);
      return 1;
    }
    if (!proxy) return 1;
    const mode = configuration.mode || 'iptables';
    log('I', 'server_linux.go:53', `"Using ${mode} proxy"`);
    log('I', 'server.go:715', `"Successfully retrieved node IP(s)" node=${JSON.stringify(node)} IPs=${JSON.stringify(process.world.network.addresses)}`);
    log('I', 'server.go:522', '"Version info" version="v1.36.2"');
    const running = proxy.host(serviceAccountUser(pod, 'kube-proxy').name);
    const servers = [
      serve(process, HEALTH_PORT, (path) => (path === '/healthz' || path === '/livez' ? json(proxy.synced ? 200 : 503, { lastUpdated: stamp(process), currentTime: stamp(process), nodeEligible: true }) : undefined)),
      serve(process, METRICS_PORT, (path) => (path === '/proxyMode' ? text(mode) : path === '/healthz' ? text('ok') : undefined), '127.0.0.1'),
    ];
    for (const [place, name] of [['config.go:200', 'service'], ['config.go:106', 'endpoint slice'], ['config.go:329', 'node']] as const) log('I', place, `"Starting ${name} config controller"`);
    process.onSignal('SIGTERM', () => process.end(0));
    try {
      await process.exited;
    } finally {
      running.dispose();
      for (const server of servers) server?.close();
    }
    return 0;
  };
}

function flag(process: Process, name: string): string {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`));
  return given?.slice(name.length + 3) ?? '';
}

/** @throws with the words of kube-proxy */
function read(process: Process, file: string): Configuration {
  const { files } = process.world;
  if (file === '') return { mode: '' };
  if (!files.isFile(file)) throw new Error(`failed complete: open ${file}: no such file or directory`);
  const body: unknown = parse(files.readText(file));
  if (!isRecord(body) || body['kind'] !== 'KubeProxyConfiguration') throw new Error(`failed complete: no kind ${JSON.stringify(isRecord(body) ? String(body['kind'] ?? '') : '')} is registered for version "kubeproxy.config.k8s.io/v1alpha1"`);
  const mode = String(body['mode'] ?? '');
  if (!MODES.includes(mode)) throw new Error(`failed validate: KubeProxyConfiguration.Mode: Invalid value: ${JSON.stringify(mode)}: must be iptables, ipvs, nftables or blank (blank means the best-available proxy [currently iptables])`);
  return { mode };
}

function serve(process: Process, port: number, answer: (path: string) => HttpResponse | undefined, address?: string): { close(): void } | undefined {
  try {
    return process.world.network.listen({ port, process: 'kube-proxy', ...(address ? { address } : {}) }, (connection) => void serveHttp(connection, ({ path }) => answer(path) ?? text('404 page not found\n', 404)));
  } catch {
    return undefined;
  }
}

function text(body: string, status = 200): HttpResponse {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: Buffer.from(body) };
}

function json(status: number, body: object): HttpResponse {
  return { status, headers: { 'Content-Type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
}

function stamp(process: Process): string {
  return rfc3339Micro(process.world.clock.now());
}
