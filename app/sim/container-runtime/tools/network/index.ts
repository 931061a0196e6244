import type { Program } from '../../processes/process.ts';
import { curl } from './curl.ts';
import { dig, getent, host } from './dig.ts';
import { nc, telnet } from './netcat.ts';
import { bindNslookup, busyboxNslookup } from './nslookup.ts';
import { ping } from './ping.ts';
import { netstat, ss } from './sockets.ts';
import { wget } from './wget.ts';

/** Applets of busybox. */
export const busyboxNetworkTools: Readonly<Record<string, Program>> = { wget, nslookup: busyboxNslookup, nc, telnet, ping, netstat };

/** What a slim Debian image has. */
export const debianNetworkTools: Readonly<Record<string, Program>> = { getent };

/** What images for debugging bring besides. */
export const debuggingNetworkTools: Readonly<Record<string, Program>> = { wget, nc, telnet, ping, netstat, curl, getent, ss, dig, host, nslookup: bindNslookup };
