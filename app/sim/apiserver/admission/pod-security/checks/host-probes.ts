import type { Container } from '../../../../../contracts/k8s/index.ts';
import { distinctSorted, joinQuote, named, namesWhere, plural, type Check } from '../check.ts';

/** Probes and hooks go to the container itself, nowhere else. models policy/check_hostProbesAndhostLifecycle */
export const hostProbes: Check = {
  id: 'hostProbesAndHostLifecycle', level: 'baseline',
  versions: [{
    from: 34,
    check(spec) {
      const hosts: string[] = [];
      const bad = distinctSorted(namesWhere(spec, (_, container) => {
        const used = hostsOf(container);
        hosts.push(...used);
        return used.length > 0;
      }));
      const all = distinctSorted(hosts);
      if (bad.length === 0) return undefined;
      return { reason: 'probe or lifecycle host', detail: `${named('container', bad)} ${plural('uses', 'use', bad.length)} ${plural('probe or lifecycle host', 'probe or lifecycle hosts', all.length)} ${joinQuote(all)}` };
    },
  }],
};

function hostsOf({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Readonly<Container>): string[] {
  return [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host]).filter((host): host is string => Boolean(host));
}
