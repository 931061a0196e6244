import type { HostedProgram } from '../../container-runtime/processes/hosted.ts';
import type { Component } from '../../machinery/component.ts';

/**
 * A part of the control plane in its container: it runs as long as the container does. Taking its manifest away stops it,
 * putting it back starts it again.
 */
export function partProgram(component: () => Component): HostedProgram {
  return async (process) => {
    component().start();
    process.onSignal('SIGTERM', () => process.end(0));
    await process.exited;
    component().stop();
    return 0;
  };
}
