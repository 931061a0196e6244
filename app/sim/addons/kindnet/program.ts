import type { HostedProgram } from '../../container-runtime/processes/hosted.ts';
import type { AddonDoors } from '../index.ts';
import { klog } from '../klog.ts';
import { serviceAccountClient } from '../service-account.ts';
import { PolicyAgent } from './policy-agent.ts';

/** `kindnetd` in its Pod: what policies say is in force on its node; what it said last stays when it ends. */
export function kindnetProgram(doors: AddonDoors): HostedProgram {
  return async (process, pod) => {
    const log = klog(process);
    log('I', 'main.go:109', '"connected to apiserver" host="https://control-plane:6443"');
    log('I', 'main.go:139', `hostIP = ${process.env['HOST_IP'] ?? ''}`);
    log('I', 'controller.go:377', '"Starting controller" name="kube-network-policies"');
    const agent = new PolicyAgent({ client: serviceAccountClient(doors.transport, pod, 'kindnet', 'kindnetd/v20260131'), clock: process.world.clock, install: (filter) => doors.setFilter(pod.node, filter) });
    process.onSignal('SIGTERM', () => process.end(0));
    try {
      await process.exited;
    } finally {
      agent.dispose();
    }
    return 0;
  };
}
