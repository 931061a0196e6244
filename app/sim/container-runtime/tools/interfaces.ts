import type { ContainerWorld, Program } from '../processes/process.ts';
import { isBusybox } from './input.ts';

/** ip, ifconfig, route: what the network looks like from inside. */
const address = ({ network }: ContainerWorld): string => network.addresses[0] ?? '127.0.0.1';
const gateway = (world: ContainerWorld): string => address(world).replace(/\.\d+$/, '.1');
const hardware = (world: ContainerWorld): string => `5e:00:${address(world).split('.').map((part) => Number(part).toString(16).padStart(2, '0')).join(':')}`;

const ip: Program = (process) => {
  const { world } = process;
  const args = process.argv.slice(1).filter((arg) => !/^-(4|o|br?|c|brief|color)$/.test(arg));
  const isBrief = process.argv.some((arg) => /^-br/.test(arg));
  const what = args[0] ?? '';
  if (world.user.uid !== 0 || /^(add|del|set|flush|replace)$/.test(args[1] ?? '')) {
    if (/^(add|del|set|flush|replace)$/.test(args[1] ?? '') && !world.capabilities.has('NET_ADMIN')) {
      process.error(isBusybox(process) ? 'ip: RTNETLINK answers: Operation not permitted\n' : 'RTNETLINK answers: Operation not permitted\n');
      return 2;
    }
  }
  if ('address'.startsWith(what) && what !== '') {
    if (isBrief) process.print(`lo               UNKNOWN        127.0.0.1/8 ::1/128 \neth0@if12        UP             ${address(world)}/24 \n`);
    else process.print(`${link(world, 1)}    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n${link(world, 2)}    inet ${address(world)}/24 brd ${address(world).replace(/\.\d+$/, '.255')} scope global eth0\n       valid_lft forever preferred_lft forever\n`);
    return 0;
  }
  if ('link'.startsWith(what) && what !== '') return process.print(link(world, 1) + link(world, 2)), 0;
  if ('route'.startsWith(what) && what !== '') return process.print(`default via ${gateway(world)} dev eth0 \n${gateway(world).replace(/\.1$/, '.0')}/24 via ${gateway(world)} dev eth0  src ${address(world)} \n${gateway(world)} dev eth0 scope link  src ${address(world)} \n`), 0;
  if ('neighbour'.startsWith(what) && what !== '') return process.print(`${gateway(world)} dev eth0 lladdr 3a:7c:1e:00:00:01 REACHABLE\n`), 0;
  process.error(isBusybox(process) ? 'BusyBox v1.36.1 multi-call binary.\n\nUsage: ip [OPTIONS] address|route|link|tunnel|neigh|rule [ARGS]\n' : `Object "${what}" is unknown, try "ip help".\n`);
  return 1;
};

function link(world: ContainerWorld, index: 1 | 2): string {
  return index === 1
    ? '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n'
    : `2: eth0@if12: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue state UP qlen 1000\n    link/ether ${hardware(world)} brd ff:ff:ff:ff:ff:ff\n`;
}

const ifconfig: Program = (process) => {
  const { world } = process;
  process.print(`eth0      Link encap:Ethernet  HWaddr ${hardware(world).toUpperCase()}  \n          inet addr:${address(world)}  Bcast:${address(world).replace(/\.\d+$/, '.255')}  Mask:255.255.255.0\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n          RX packets:61 errors:0 dropped:0 overruns:0 frame:0\n          TX packets:43 errors:0 dropped:0 overruns:0 carrier:0\n          collisions:0 txqueuelen:0 \n          RX bytes:8214 (8.0 KiB)  TX bytes:4106 (4.0 KiB)\n\nlo        Link encap:Local Loopback  \n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n          RX packets:0 errors:0 dropped:0 overruns:0 frame:0\n          TX packets:0 errors:0 dropped:0 overruns:0 carrier:0\n          collisions:0 txqueuelen:1000 \n          RX bytes:0 (0.0 B)  TX bytes:0 (0.0 B)\n\n`);
  return 0;
};

const route: Program = (process) => {
  const { world } = process;
  const row = (cells: readonly string[]): string => `${cells[0]!.padEnd(15)} ${cells[1]!.padEnd(15)} ${cells[2]!.padEnd(15)} ${cells[3]!.padEnd(5)} 0      0        0 eth0\n`;
  process.print(`Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n${row([process.argv.includes('-n') ? '0.0.0.0' : 'default', gateway(world), '0.0.0.0', 'UG'])}${row([gateway(world).replace(/\.1$/, '.0'), gateway(world), '255.255.255.0', 'UG'])}${row([gateway(world), '0.0.0.0', '255.255.255.255', 'UH'])}`);
  return 0;
};

export const interfaceTools: Readonly<Record<string, Program>> = { ip, ifconfig, route };
