import { utilityProcess } from 'electron';
import type { HostProcess } from '../../hosts/supervisor/supervisor.ts';

/** Starts a utility process, seen as the supervisor sees it. */
export function forkHost(file: string, serviceName: string): HostProcess {
  const child = utilityProcess.fork(file, [], { serviceName, stdio: 'inherit' });
  return {
    postMessage: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.on('exit', listener),
    kill: () => void child.kill(),
  };
}
