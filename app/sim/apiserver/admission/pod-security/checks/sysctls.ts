import type { Check, CheckPod } from '../check.ts';

const FIRST = ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start'];
const SINCE_27 = [...FIRST, 'net.ipv4.ip_local_reserved_ports'];
const SINCE_29 = [...SINCE_27, 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes'];
const SINCE_32 = [...SINCE_29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

function checkWith(allowed: readonly string[]): CheckPod {
  return (spec) => {
    const bad = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !allowed.includes(name));
    return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
  };
}

/** Only those that stay within the Pod. models policy/check_sysctls */
export const sysctls: Check = {
  id: 'sysctls', level: 'baseline',
  versions: [{ from: 0, check: checkWith(FIRST) }, { from: 27, check: checkWith(SINCE_27) }, { from: 29, check: checkWith(SINCE_29) }, { from: 32, check: checkWith(SINCE_32) }],
};
