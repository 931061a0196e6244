import type { HostedProgram } from '../../container-runtime/processes/hosted.ts';
import type { Component } from '../../machinery/component.ts';

/**
 * A part of the control plane in its container: it runs as long as the container does. Taking its manifest away stops it,
 * putting it back starts it again. Whom the learner's switch has stopped stays stopped, whatever the container does: the
 * parts start before their containers do.
 */
export function partProgram(component: () => Component): HostedProgram {
  let endedWithItsContainer = false;
  return async (process) => {
    if (endedWithItsContainer) component().start();
    endedWithItsContainer = false;
    process.onSignal('SIGTERM', () => process.end(0));
    await process.exited;
    endedWithItsContainer = component().running;
    component().stop();
    return 0;
  };
}
