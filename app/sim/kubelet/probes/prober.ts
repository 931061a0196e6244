import type { Clock } from '../../../base/clock/index.ts';
import { DisposableStore, type Disposable } from '../../../base/lifecycle/index.ts';
import type { ProbeView } from '../../../contracts/inspection/index.ts';
import type { Container, Probe } from '../../../contracts/k8s/index.ts';
import type { ContainerRuntime } from '../../container-runtime/cri.ts';
import type { NetworkNamespace } from '../../network/network.ts';
import { probeOnce } from './probe.ts';

export type ProbeKind = ProbeView['kind'];

interface Turns {
  readonly probe: Probe;
  inARow: number;
  last: boolean | undefined;
  over: boolean;
  nextAt: number;
}

export interface ProberOptions {
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly network: NetworkNamespace;
  readonly container: Container;
  readonly containerId: string;
  readonly startedAt: number;
  podIP(): string;
  onResult(kind: ProbeKind, success: boolean): void;
  /** `Readiness probe failed: …` for the event. */
  onFailure(message: string): void;
}

/** Asks one container how it is, again and again, by each of its probes. models pkg/kubelet/prober: worker */
export class Prober implements Disposable {
  readonly #options: ProberOptions;
  readonly #life = new DisposableStore();
  readonly #turns = new Map<ProbeKind, Turns>();
  #started: boolean;

  constructor(options: ProberOptions) {
    this.#options = options;
    const { startupProbe, livenessProbe, readinessProbe } = options.container;
    this.#started = startupProbe === undefined;
    if (startupProbe) this.#begin('startup', startupProbe);
    if (livenessProbe) this.#begin('liveness', livenessProbe);
    if (readinessProbe) this.#begin('readiness', readinessProbe);
  }

  dispose(): void {
    this.#life.dispose();
  }

  /** Each probe, when it is asked next, and what it said. */
  report(): ProbeView[] {
    return [...this.#turns].map(([kind, { probe, inARow, last, over, nextAt }]) => {
      const isDue = !over && (kind === 'startup' ? !this.#started : this.#started);
      return { kind, inARow, failureThreshold: probe.failureThreshold ?? 3, ...(last === undefined ? {} : { last }), ...(isDue ? { nextAt } : {}) };
    });
  }

  #begin(kind: ProbeKind, probe: Probe): void {
    const { clock, startedAt } = this.#options;
    const period = (probe.periodSeconds ?? 10) * 1000;
    const run: Turns = { probe, inARow: 0, last: undefined, over: false, nextAt: 0 };
    this.#turns.set(kind, run);
    const again = (delayMs: number): void => {
      if (this.#life.isDisposed) return;
      run.nextAt = clock.now() + delayMs;
      const timer = this.#life.add(clock.schedule(delayMs, () => {
        this.#life.release(timer);
        void this.#turn(kind, probe, run, startedAt).then(() => {
          if (!run.over) again(period);
        });
      }));
    };
    // Liveness is first asked after a period; readiness and startup at once, or after their delay.
    again(Math.max((probe.initialDelaySeconds ?? 0) * 1000, kind === 'liveness' ? period : 100));
  }

  async #turn(kind: ProbeKind, probe: Probe, run: Turns, startedAt: number): Promise<void> {
    const { clock, onFailure, onResult } = this.#options;
    if (kind === 'startup' ? this.#started : !this.#started) return void (run.over = kind === 'startup');
    if (clock.now() - startedAt < (probe.initialDelaySeconds ?? 0) * 1000) return;
    const { success, output } = await probeOnce(this.#options, probe);
    if (this.#life.isDisposed) return;
    run.inARow = success === run.last ? run.inARow + 1 : 1;
    run.last = success;
    if (!success) onFailure(`${kind[0]!.toUpperCase()}${kind.slice(1)} probe failed: ${output}`);
    if (run.inARow < (success ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3))) return;
    if (kind === 'startup' && success) this.#started = true;
    // A failed liveness or startup probe ends its container; its successor is probed anew.
    run.over = (kind !== 'readiness' && !success) || (kind === 'startup' && success);
    onResult(kind, success);
  }
}
