import { DialError } from '../../../network/network.ts';
import type { Program } from '../../processes/process.ts';
import { addressOf } from './addresses.ts';
import { lastValue, readArguments } from './arguments.ts';

/** models busybox networking/ping.c */
export const ping: Program = async (process) => {
  const given = readArguments(process.argv.slice(1), ['q', '4', 'n', 'A'], ['c', 'w', 'W', 'i', 's', 't', 'I', 'p']);
  const [host] = given.operands;
  if (host === undefined) return process.error('BusyBox v1.36.1 multi-call binary.\n\nUsage: ping [OPTIONS] HOST\n'), 1;
  const { network, clock } = process.world;
  let address: string;
  try {
    address = await addressOf(process, host);
  } catch (error) {
    if (!(error instanceof DialError)) throw error;
    process.error(`ping: bad address '${host}'\n`);
    return 1;
  }
  const size = Number(lastValue(given, 's') ?? 56);
  const [count, interval, wait] = [Number(lastValue(given, 'c') ?? Infinity), 1000 * Number(lastValue(given, 'i') ?? 1), 1000 * Number(lastValue(given, 'W') ?? 10)];
  const deadline = clock.now() + 1000 * Number(lastValue(given, 'w') ?? Infinity);
  const isQuiet = given.flags.has('q');
  const times: number[] = [];
  let sent = 0;
  const summary = (): number => {
    const loss = sent === 0 ? 0 : Math.floor((100 * (sent - times.length)) / sent);
    process.print(`\n--- ${host} ping statistics ---\n${sent} packets transmitted, ${times.length} packets received, ${loss}% packet loss\n`);
    if (times.length > 0) process.print(`round-trip min/avg/max = ${[Math.min(...times), times.reduce((sum, time) => sum + time, 0) / times.length, Math.max(...times)].map((time) => time.toFixed(3)).join('/')} ms\n`);
    return times.length > 0 ? 0 : 1;
  };
  process.onSignal('SIGINT', () => process.end(summary()));
  process.print(`PING ${host} (${address}): ${size} data bytes\n`);
  const ttl = network.addresses.includes(address) || address.startsWith('127.') ? 64 : sameSubnet(network.addresses[0] ?? '', address) ? 63 : 62;
  while (sent < count && clock.now() < deadline) {
    const sentAt = clock.now();
    const sequence = sent++;
    try {
      const time = await network.ping(address, Math.min(wait, sent < count ? interval : wait, Math.max(1, deadline - sentAt)));
      times.push(time);
      if (!isQuiet) process.print(`${size + 8} bytes from ${address}: seq=${sequence} ttl=${ttl} time=${time.toFixed(3)} ms\n`);
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
    }
    if (sent < count) await process.sleep(Math.max(0, sentAt + interval - clock.now()));
  }
  return summary();
};

function sameSubnet(a: string, b: string): boolean {
  return a.split('.').slice(0, 3).join('.') === b.split('.').slice(0, 3).join('.');
}
