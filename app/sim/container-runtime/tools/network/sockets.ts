import type { SocketInfo } from '../../../network/network.ts';
import type { Process, Program } from '../../processes/process.ts';
import { readArguments } from './arguments.ts';

/** Who holds a socket: the oldest process of that name. */
function ownerOf(process: Process, { process: name }: SocketInfo): { pid: number; name: string } | undefined {
  if (name === '') return undefined;
  const owner = [...process.world.pids.processes.values()].find(({ argv }) => argv.some((word) => word.split('/').pop() === name));
  return { pid: owner?.pid ?? 1, name };
}

/** models busybox networking/netstat.c */
export const netstat: Program = (process) => {
  const { flags } = readArguments(process.argv.slice(1), ['t', 'u', 'l', 'n', 'p', 'a', 'e', 'w', 'x'], []);
  const all = flags.has('a');
  const isShown = ({ protocol, state }: SocketInfo): boolean => {
    if ((flags.has('t') || flags.has('u')) && !flags.has(protocol === 'tcp' ? 't' : 'u')) return false;
    const isWaiting = state !== 'ESTAB';
    return all || (flags.has('l') ? isWaiting : !isWaiting);
  };
  const what = all ? 'servers and established' : flags.has('l') ? 'only servers' : 'w/o servers';
  process.print(`Active Internet connections (${what})\nProto Recv-Q Send-Q Local Address           Foreign Address         State       ${flags.has('p') ? 'PID/Program name    ' : ''}\n`);
  for (const socket of process.world.network.sockets.filter(isShown)) {
    const owner = ownerOf(process, socket);
    const remote = socket.remote ? `${socket.remote.address}:${socket.remote.port}` : '0.0.0.0:*';
    const state = { LISTEN: 'LISTEN', ESTAB: 'ESTABLISHED', UNCONN: '' }[socket.state];
    process.print(`${socket.protocol.padEnd(5)} ${'0'.padStart(6)} ${'0'.padStart(6)} ${`${socket.local.address}:${socket.local.port}`.padEnd(23)} ${remote.padEnd(23)} ${state.padEnd(11)}${flags.has('p') ? ` ${owner ? `${owner.pid}/${owner.name}` : '-'}` : ''}\n`);
  }
  return 0;
};

/** models iproute2 misc/ss.c, for TCP and UDP */
export const ss: Program = (process) => {
  const { flags } = readArguments(process.argv.slice(1), ['t', 'u', 'l', 'n', 'p', 'a', 'H', '4', 's', 'e', 'm', 'i'], []);
  const isShown = ({ protocol, state }: SocketInfo): boolean => {
    if ((flags.has('t') || flags.has('u')) && !flags.has(protocol === 'tcp' ? 't' : 'u')) return false;
    return flags.has('a') || (flags.has('l') ? state !== 'ESTAB' : state === 'ESTAB');
  };
  const kinds = flags.has('t') !== flags.has('u');
  const columns = (kind: string, ...rest: readonly string[]): string => `${kinds ? '' : kind.padEnd(6)}${rest[0]!.padEnd(10)} ${rest[1]!.padEnd(6)} ${rest[2]!.padEnd(6)} ${rest[3]!.padStart(19)}${rest[4]!.padEnd(6)} ${rest[5]!.padStart(19)}${rest[6]!.padEnd(6)}${rest[7] ?? ''}`.trimEnd();
  if (!flags.has('H')) process.print(`${columns('Netid', 'State', 'Recv-Q', 'Send-Q', 'Local Address:', 'Port', 'Peer Address:', 'Port', flags.has('p') ? 'Process' : '')}\n`);
  for (const socket of process.world.network.sockets.filter(isShown)) {
    const owner = flags.has('p') ? ownerOf(process, socket) : undefined;
    process.print(`${columns(socket.protocol, socket.state, '0', socket.state === 'LISTEN' ? '511' : '0', `${socket.local.address}:`, String(socket.local.port), `${socket.remote?.address ?? '0.0.0.0'}:`, String(socket.remote?.port ?? '*'), owner ? `users:(("${owner.name}",pid=${owner.pid},fd=6))` : '')}\n`);
  }
  return 0;
};
