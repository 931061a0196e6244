import { rfc3339Micro } from '../../base/clock/index.ts';
import type { Process } from '../container-runtime/processes/process.ts';

/** Lines as klog writes them: `I1125 07:00:00.123456       1 server.go:63] "Using iptables proxy"`. */
export function klog(process: Process): (level: 'I' | 'W' | 'E', place: string, message: string) => void {
  return (level, place, message) => {
    const [date = '', time = ''] = rfc3339Micro(process.world.clock.now()).split('T');
    process.error(`${level}${date.slice(5, 7)}${date.slice(8, 10)} ${time.slice(0, 15)}       1 ${place}] ${message}\n`);
  };
}
