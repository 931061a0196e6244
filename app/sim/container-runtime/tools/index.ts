import type { Image } from '../images/image.ts';
import type { Program } from '../processes/process.ts';
import { awkTools } from './awk/awk.ts';
import { byteTools } from './bytes.ts';
import { dateTools } from './date.ts';
import { fieldTools } from './fields.ts';
import { fileTools } from './files.ts';
import { findTools } from './find.ts';
import { grepTools } from './grep.ts';
import { lsTools } from './ls.ts';
import { interfaceTools } from './interfaces.ts';
import { busyboxNetworkTools, debianNetworkTools, debuggingNetworkTools } from './network/index.ts';
import { namespaceTools } from './namespaces.ts';
import { processTools, procps } from './processes.ts';
import { sedTools } from './sed.ts';
import { bash, shells } from './sh.ts';
import { systemTools } from './system.ts';
import { archiveTools } from './tar.ts';
import { textTools } from './text.ts';
import { editors } from './vi.ts';

/** In every userland. */
const COMMON: Readonly<Record<string, Program>> = { ...textTools, ...fieldTools, ...grepTools, ...sedTools, ...awkTools, ...lsTools, ...fileTools, ...findTools, ...byteTools, ...archiveTools, ...dateTools, ...systemTools, ...processTools, ...namespaceTools, ...shells };

/** What busybox has besides. */
const BUSYBOX: Readonly<Record<string, Program>> = { ...COMMON, ...procps, ...editors, ...interfaceTools, ...busyboxNetworkTools };

/** Not in a Debian base image. */
const NOT_IN_DEBIAN = ['[[', 'ash', 'xxd', 'hexdump', 'hd', 'column', 'strings', 'free', 'uptime', 'sysctl', 'cmp'];

/** Tools of Debian's packages that images bring along. */
const PACKAGES: Readonly<Record<string, Readonly<Record<string, Program>>>> = {
  procps: { ...procps, free: systemTools['free']!, uptime: systemTools['uptime']!, sysctl: systemTools['sysctl']! },
  curl: { curl: debuggingNetworkTools['curl']! },
  wget: { wget: debuggingNetworkTools['wget']! },
  net: { ...interfaceTools, ...debuggingNetworkTools },
  vim: editors,
};

const DEBIAN: Readonly<Record<string, Program>> = { ...Object.fromEntries(Object.entries(COMMON).filter(([name]) => !NOT_IN_DEBIAN.includes(name))), ...bash, ...debianNetworkTools };

/** The userland's programs of an image, by path. */
export function toolsOf(image: Image): ReadonlyMap<string, Program> {
  if (image.userland === 'none') return new Map();
  if (image.userland === 'busybox') return new Map(Object.entries({ ...BUSYBOX, ...packagesOf(image) }).flatMap(([name, program]) => (name === 'sh' ? [[`/bin/${name}`, program], ['/bin/busybox', busyboxOf(program)]] : [[`/bin/${name}`, program]])) as [string, Program][]);
  return new Map(Object.entries({ ...DEBIAN, ...packagesOf(image) }).map(([name, program]) => [`/bin/${name}`, program]));
}

function packagesOf({ packages = [] }: Image): Record<string, Program> {
  return Object.assign({}, ...packages.map((name) => PACKAGES[name] ?? {})) as Record<string, Program>;
}

/** `busybox NAME ARGS…` runs the tool of that name. */
function busyboxOf(shell: Program): Program {
  return (process) => {
    const [, name, ...rest] = process.argv;
    const program = name === undefined ? undefined : BUSYBOX[name];
    if (!program || name === undefined) {
      process.print(name === undefined ? `BusyBox v1.36.1 (2024-05-15 00:00:00 UTC) multi-call binary.\nBusyBox is copyrighted by many authors between 1998-2015.\nLicensed under GPLv2. See source distribution for detailed\ncopyright notices.\n\nUsage: busybox [function [arguments]...]\n   or: busybox --list[-full]\n\nCurrently defined functions:\n\t${Object.keys(BUSYBOX).sort().join(', ')}\n` : name === '--list' ? `${Object.keys(BUSYBOX).sort().join('\n')}\n` : '');
      if (name !== undefined && name !== '--list') process.error(`${name}: applet not found\n`);
      return name === undefined || name === '--list' ? 0 : 127;
    }
    process.argv = [name, ...rest];
    return (name === 'sh' ? shell : program)(process);
  };
}
