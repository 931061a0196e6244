import type { Clock } from '../../../base/clock/index.ts';
import type { Container, Probe } from '../../../contracts/k8s/index.ts';
import { RuntimeError, type ContainerRuntime } from '../../container-runtime/cri.ts';
import { DialError, type NetworkNamespace } from '../../network/network.ts';
import { probeGrpc } from './grpc.ts';
import { httpStatus } from './http.ts';

export interface ProbeTarget {
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly network: NetworkNamespace;
  readonly container: Container;
  readonly containerId: string;
  podIP(): string;
}

export interface ProbeResult {
  readonly success: boolean;
  readonly output: string;
}

/** models kubelet/prober: maxProbeMessageLength */
const MAX_OUTPUT = 10 * 1024;

class ProbeTimeout extends Error {}

/** Asks once. The output is what the event says. models pkg/probe */
export async function probeOnce(target: ProbeTarget, probe: Probe): Promise<ProbeResult> {
  const abort = new AbortController();
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  let timer: { dispose(): void } | undefined;
  try {
    if (probe.exec) return await exec(target, probe.exec.command ?? [], probe.timeoutSeconds ?? 1);
    if (probe.grpc) return await probeGrpc({ clock: target.clock, network: target.network, host: target.podIP(), port: probe.grpc.port, service: probe.grpc.service ?? '', timeoutSeconds: probe.timeoutSeconds ?? 1 });
    const timeout = new Promise<never>((_, reject) => {
      timer = target.clock.schedule(timeoutMs, () => {
        abort.abort(new ProbeTimeout());
        reject(new ProbeTimeout());
      });
    });
    return await Promise.race([ask(target, probe, abort.signal), timeout]);
  } catch (error) {
    return { success: false, output: words(target, probe, error) };
  } finally {
    timer?.dispose();
  }
}

async function exec({ runtime, containerId }: ProbeTarget, command: readonly string[], timeoutSeconds: number): Promise<ProbeResult> {
  try {
    const { stdout, stderr, exitCode } = await runtime.execSync(containerId, command, timeoutSeconds);
    return { success: exitCode === 0, output: (new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)).slice(0, MAX_OUTPUT) };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    if (error.code === 'DeadlineExceeded') return { success: false, output: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${timeoutSeconds}s` };
    return { success: false, output: `${error.message.startsWith('rpc') ? error.message : `rpc error: code = ${error.code} desc = ${error.message}`}` };
  }
}

async function ask(target: ProbeTarget, probe: Probe, signal: AbortSignal): Promise<ProbeResult> {
  const port = portOf(target.container, probe.httpGet?.port ?? probe.tcpSocket?.port ?? 0);
  if (probe.httpGet) {
    const { path = '/', host, httpHeaders = [], scheme } = probe.httpGet;
    const status = await httpStatus(target.network, { host: host ?? target.podIP(), port, path, headers: Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])), agent: 'kube-probe/1.36', tls: scheme === 'HTTPS' }, signal);
    return status >= 200 && status < 400 ? { success: true, output: '' } : { success: false, output: `HTTP probe failed with statuscode: ${status}` };
  }
  const connection = await target.network.dial(probe.tcpSocket?.host ?? target.podIP(), port, signal);
  connection.close();
  return { success: true, output: '' };
}

function portOf(container: Container, port: number | string): number {
  if (typeof port === 'number') return port;
  return /^\d+$/.test(port) ? Number(port) : ((container.ports ?? []).find((candidate) => candidate.name === port)?.containerPort ?? 0);
}

function words(target: ProbeTarget, probe: Probe, error: unknown): string {
  const port = portOf(target.container, probe.httpGet?.port ?? probe.tcpSocket?.port ?? 0);
  const address = `${probe.httpGet?.host ?? probe.tcpSocket?.host ?? target.podIP()}:${port}`;
  const timedOut = error instanceof ProbeTimeout || (error instanceof DialError && error.code === 'ETIMEDOUT');
  const url = probe.httpGet ? `Get "${(probe.httpGet.scheme ?? 'HTTP').toLowerCase()}://${address}${(probe.httpGet.path ?? '/').replace(/^(?!\/)/, '/')}": ` : '';
  if (timedOut) return probe.httpGet ? `${url}context deadline exceeded (Client.Timeout exceeded while awaiting headers)` : `dial tcp ${address}: i/o timeout`;
  if (error instanceof DialError) return `${url}dial tcp ${address}: ${error.code === 'ECONNREFUSED' ? 'connect: connection refused' : error.code === 'EHOSTUNREACH' ? 'connect: no route to host' : 'i/o timeout'}`;
  const message = error instanceof Error ? error.message : String(error);
  return message.startsWith('Get ') ? message : `${url}${message}`;
}
