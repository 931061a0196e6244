import type { Clock } from '../../../base/clock/index.ts';
import { DisposableStore, type Disposable } from '../../../base/lifecycle/index.ts';
import type { Container, Probe } from '../../../contracts/k8s/index.ts';
import { RuntimeError, type ContainerRuntime } from '../../container-runtime/cri.ts';
import { DialError, type NetworkNamespace } from '../../network/network.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

export interface ProbeTarget {
  readonly container: Container;
  readonly containerId: string;
  readonly podIP: string;
}

export interface ProbeListener {
  onResult(kind: ProbeKind, success: boolean): void;
  /** `Readiness probe failed: …` for the event. */
  onFailure(message: string): void;
}

/** Asks one container how it is, again and again. models pkg/kubelet/prober: worker */
export class Prober implements Disposable {
  readonly #clock: Clock;
  readonly #runtime: ContainerRuntime;
  readonly #network: NetworkNamespace;
  readonly #target: ProbeTarget;
  readonly #listener: ProbeListener;
  readonly #life = new DisposableStore();
  #started: boolean;

  constructor(options: { clock: Clock; runtime: ContainerRuntime; network: NetworkNamespace; target: ProbeTarget; listener: ProbeListener }) {
    this.#clock = options.clock;
    this.#runtime = options.runtime;
    this.#network = options.network;
    this.#target = options.target;
    this.#listener = options.listener;
    const { startupProbe, livenessProbe, readinessProbe } = options.target.container;
    this.#started = startupProbe === undefined;
    if (startupProbe) this.#begin('startup', startupProbe);
    if (livenessProbe) this.#begin('liveness', livenessProbe);
    if (readinessProbe) this.#begin('readiness', readinessProbe);
  }

  dispose(): void {
    this.#life.dispose();
  }

  #begin(kind: ProbeKind, probe: Probe): void {
    const period = (probe.periodSeconds ?? 10) * 1000;
    let inARow = 0;
    let last: boolean | undefined;
    const turn = async (): Promise<void> => {
      if (this.#life.isDisposed) return;
      if (kind === 'startup' ? this.#started : !this.#started) return again();
      const { success, output } = await this.#once(probe);
      if (this.#life.isDisposed) return;
      inARow = success === last ? inARow + 1 : 1;
      last = success;
      if (!success) this.#listener.onFailure(`${kind[0]!.toUpperCase()}${kind.slice(1)} probe failed: ${output}`);
      const threshold = success ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
      if (inARow >= threshold) {
        if (kind === 'startup' && success) this.#started = true;
        this.#listener.onResult(kind, success);
      }
      again();
    };
    const again = (): void => void this.#life.add(this.#clock.schedule(period, () => void turn()));
    this.#life.add(this.#clock.schedule(Math.max((probe.initialDelaySeconds ?? 0) * 1000, kind === 'readiness' ? 100 : period > 1_000 ? period : 1_000), () => void turn()));
  }

  async #once(probe: Probe): Promise<{ success: boolean; output: string }> {
    try {
      if (probe.exec) return await this.#exec(probe.exec.command ?? [], probe.timeoutSeconds ?? 1);
      if (probe.httpGet) return await this.#http(probe);
      const port = this.#port(probe.tcpSocket?.port ?? probe.grpc?.port ?? 0);
      (await this.#network.dial(probe.tcpSocket?.host ?? this.#target.podIP, port)).close();
      return { success: true, output: '' };
    } catch (error) {
      return { success: false, output: this.#words(error, probe) };
    }
  }

  async #exec(command: readonly string[], timeoutSeconds: number): Promise<{ success: boolean; output: string }> {
    const { stdout, stderr, exitCode } = await this.#runtime.execSync(this.#target.containerId, command, timeoutSeconds);
    return { success: exitCode === 0, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  }

  async #http(probe: Probe): Promise<{ success: boolean; output: string }> {
    const { path = '/', port, host, scheme, httpHeaders = [] } = probe.httpGet!;
    const number = this.#port(port);
    const address = host ?? this.#target.podIP;
    const connection = await this.#network.dial(address, number);
    const headers = { Host: `${address}:${number}`, 'User-Agent': 'kube-probe/1.36', Accept: '*/*', Connection: 'close', ...Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])) };
    const head = [`GET ${path} HTTP/1.1`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
    connection.output.write(new TextEncoder().encode(head));
    const chunk = await connection.input.read();
    connection.close();
    const status = Number(/^HTTP\/1\.\d (\d+)/.exec(new TextDecoder().decode(chunk))?.[1] ?? 0);
    void scheme;
    return status >= 200 && status < 400 ? { success: true, output: '' } : { success: false, output: `HTTP probe failed with statuscode: ${status}` };
  }

  #port(port: number | string): number {
    return typeof port === 'number' ? port : ((this.#target.container.ports ?? []).find((candidate) => candidate.name === port)?.containerPort ?? 0);
  }

  #words(error: unknown, probe: Probe): string {
    if (error instanceof RuntimeError) return error.message;
    if (!(error instanceof DialError)) return error instanceof Error ? error.message : String(error);
    const port = this.#port(probe.httpGet?.port ?? probe.tcpSocket?.port ?? probe.grpc?.port ?? 0);
    const address = `${probe.httpGet?.host ?? this.#target.podIP}:${port}`;
    const reason = error.code === 'ECONNREFUSED' ? 'connect: connection refused' : 'i/o timeout';
    return probe.httpGet ? `Get "${(probe.httpGet.scheme ?? 'HTTP').toLowerCase()}://${address}${probe.httpGet.path ?? '/'}": dial tcp ${address}: ${reason}` : `dial tcp ${address}: ${reason}`;
  }
}
