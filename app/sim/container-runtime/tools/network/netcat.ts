import { DialError } from '../../../network/network.ts';
import type { Connection } from '../../../machinery/streams.ts';
import type { Process, Program } from '../../processes/process.ts';
import { addressOf } from './addresses.ts';
import { lastValue, readArguments } from './arguments.ts';
import { TimedOut, within } from './within.ts';

/** `nc [-lvzun] [-w SEC] [-p PORT] [HOST] [PORT]`. models busybox networking/nc.c, with -z as in its nc_bloaty */
export const nc: Program = async (process) => {
  const given = readArguments(process.argv.slice(1), ['l', 'v', 'z', 'u', 'n', 'k', '4'], ['w', 'p', 's', 'i', 'e', 'q']);
  const protocol = given.flags.has('u') ? 'udp' : 'tcp';
  const wait = lastValue(given, 'w');
  if (given.flags.has('l')) return listen(process, Number(lastValue(given, 'p') ?? given.operands.at(-1) ?? 0), protocol, given.flags.has('k'), given.flags.has('v'));
  const [host, port] = given.operands;
  if (host === undefined || port === undefined) return process.error('BusyBox v1.36.1 multi-call binary.\n\nUsage: nc [OPTIONS] HOST PORT  - connect\nnc [OPTIONS] -l -p PORT [HOST] [PORT]  - listen\n'), 1;
  try {
    const address = await addressOf(process, host);
    const connection = await within(process, wait === undefined ? undefined : Number(wait) * 1000, (signal) => process.world.network.dial(address, Number(port), signal, protocol));
    if (given.flags.has('v')) process.error(`${host} (${address}:${port}) open\n`);
    if (given.flags.has('z')) return connection.close(), 0;
    return await converse(process, connection, wait === undefined ? undefined : Number(wait));
  } catch (error) {
    if (error instanceof TimedOut) process.error(given.flags.has('v') || !given.flags.has('z') ? 'nc: timed out\n' : '');
    else if (!(error instanceof DialError)) throw error;
    else if (error.code === 'ENOTFOUND') process.error(`nc: bad address '${host}'\n`);
    else if (!given.flags.has('z') || given.flags.has('v')) process.error(`nc: can't connect to remote host (${error.address ?? host}): ${error.message}\n`);
    return 1;
  }
};

async function listen(process: Process, port: number, protocol: 'tcp' | 'udp', keeps: boolean, isVerbose: boolean): Promise<number> {
  let arrived: (connection: Connection) => void = () => {};
  let server: { port: number; close(): void };
  try {
    server = process.world.network.listen({ port, protocol, process: 'nc' }, (connection) => arrived(connection));
  } catch {
    process.error('nc: bind: Address already in use\n');
    return 1;
  }
  if (isVerbose) process.error(`listening on [::]:${server.port} ...\n`);
  try {
    do {
      const connection = await within(process, undefined, () => new Promise<Connection>((resolve) => (arrived = resolve)));
      if (isVerbose) process.error(`connect to [::ffff:${process.world.network.addresses[0]}]:${server.port} from [::ffff:${connection.remoteAddress.replace(':', ']:')}\n`);
      if (!keeps) server.close();
      await converse(process, connection, undefined);
    } while (keeps);
    return 0;
  } finally {
    server.close();
  }
}

/** Standard input to the peer, the peer to standard output; over when the peer has ended. */
async function converse(process: Process, connection: Connection, idleSeconds: number | undefined): Promise<number> {
  const up = (async () => {
    for (let chunk = await process.stdin.read(); chunk; chunk = await process.stdin.read()) if (!connection.output.write(chunk)) return;
    connection.output.end();
  })();
  up.catch(() => {});
  try {
    for (;;) {
      const chunk = await within(process, idleSeconds === undefined ? undefined : idleSeconds * 1000, () => connection.input.read());
      if (!chunk) return 0;
      process.stdout.write(chunk);
    }
  } catch (error) {
    if (error instanceof TimedOut) return 0;
    throw error;
  } finally {
    connection.close();
  }
}

/** busybox telnet: connects, says so, and is a plain pipe. */
export const telnet: Program = async (process) => {
  const [host = '', port = '23'] = process.argv.slice(1).filter((word) => !word.startsWith('-'));
  try {
    const connection = await process.world.network.dial(await addressOf(process, host), Number(port), process.signal);
    process.print(`Connected to ${host}\n\r\nEntering character mode\r\nEscape character is '^]'.\r\n\r\n`);
    await converse(process, connection, undefined);
    process.error('Connection closed by foreign host\n');
    return 1;
  } catch (error) {
    if (!(error instanceof DialError)) throw error;
    process.error(error.code === 'ENOTFOUND' ? `telnet: bad address '${host}'\n` : `telnet: can't connect to remote host (${error.address ?? host}): ${error.message}\n`);
    return 1;
  }
};
