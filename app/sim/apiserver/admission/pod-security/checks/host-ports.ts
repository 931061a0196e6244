import { distinctSorted, named, namesWhere, plural, type Check } from '../check.ts';

/** models policy/check_hostPorts */
export const hostPorts: Check = {
  id: 'hostPorts', level: 'baseline',
  versions: [{
    from: 0,
    check(spec) {
      const ports: string[] = [];
      const bad = namesWhere(spec, (_, container) => {
        const used = (container.ports ?? []).flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
        ports.push(...used);
        return used.length > 0;
      });
      const all = distinctSorted(ports);
      return bad.length === 0 ? undefined : { reason: 'hostPort', detail: `${named('container', bad)} ${plural('uses', 'use', bad.length)} ${plural('hostPort', 'hostPorts', all.length)} ${all.join(', ')}` };
    },
  }],
};
