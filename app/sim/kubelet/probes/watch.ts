import type { Clock } from '../../../base/clock/index.ts';
import type { Container } from '../../../contracts/k8s/index.ts';
import type { ContainerRuntime } from '../../container-runtime/cri.ts';
import type { NetworkNamespace } from '../../network/network.ts';
import type { ContainerMemory } from '../pod-workers/memory.ts';
import { Prober } from './prober.ts';

export interface Watch {
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly network: NetworkNamespace;
  readonly container: Container;
  readonly memory: ContainerMemory;
  readonly containerId: string;
  readonly startedAt: number;
  /** Init and ephemeral containers are not. */
  readonly isProbed: boolean;
  podIP(): string;
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** What the probes say has changed. */
  changed(): void;
}

/** A container has started: what its probes say decides on ready, started and whether it lives. models pkg/kubelet/prober: prober manager */
export function watchContainer({ clock, runtime, network, container, memory, containerId, startedAt, isProbed, podIP, event, changed }: Watch): void {
  memory.prober?.dispose();
  memory.proberOf = containerId;
  memory.failedProbe = undefined;
  memory.started = !isProbed || container.startupProbe === undefined;
  memory.ready = memory.started && (!isProbed || container.readinessProbe === undefined);
  if (!isProbed || !(container.startupProbe || container.livenessProbe || container.readinessProbe)) {
    memory.prober = undefined;
    return;
  }
  memory.prober = new Prober({
    clock, runtime, network, container, containerId, startedAt, podIP,
    onFailure: (message) => event('Warning', 'Unhealthy', message),
    onResult: (kind, success) => {
      if (kind === 'readiness') {
        if (memory.ready === success) return;
        memory.ready = success;
      } else if (kind === 'startup' && success) {
        memory.started = true;
        memory.ready = container.readinessProbe === undefined;
      } else if (!success) memory.failedProbe = kind === 'startup' ? 'startup' : 'liveness';
      else return;
      changed();
    },
  });
}
