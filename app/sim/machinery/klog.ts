import { rfc3339Micro } from '../../base/clock/index.ts';

export type LogLevel = 'I' | 'W' | 'E';

/** A line as Kubernetes' parts write it: `I1125 07:00:00.000000     731 kubelet.go:2473] "SyncLoop ADD"`. models k8s.io/klog */
export function klog(now: number, level: LogLevel, pid: number, text: string): string {
  const [day = '', time = ''] = rfc3339Micro(now).slice(0, -1).split('T');
  return `${level}${day.slice(5).replace('-', '')} ${time} ${String(pid).padStart(7)} ${text}`;
}
