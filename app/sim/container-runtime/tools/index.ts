import { Shell } from '../shell/interpreter.ts';
import type { Image } from '../images/image.ts';
import { ProcessExit, type Process, type Program } from '../processes/process.ts';
import { readLine } from './input.ts';
import { networkTools } from './network.ts';
import { systemTools } from './system.ts';
import { textTools } from './text.ts';

/** `sh -c SCRIPT [NAME ARGS…]`, `sh FILE`, or lines from standard input. */
const sh: Program = async (process) => {
  const args = [...process.argv.slice(1)];
  const name = process.argv[0]!.split('/').pop()!;
  const streams = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
  const shell = new Shell(process, name, []);
  while (/^-[eux]+$/.test(args[0] ?? '') || args[0] === '-l') applyOptions(shell, args.shift()!);
  const inline = /^-([eux]*)c$/.exec(args[0] ?? '');
  if (inline) {
    applyOptions(shell, inline[1]!);
    const [, script = '', zero, ...parameters] = args;
    if (zero !== undefined) shell.name = zero;
    shell.parameters = parameters;
    return shell.runScript(script, streams);
  }
  if (args[0] !== undefined) {
    shell.parameters = args.slice(1);
    return shell.runScript(process.world.files.readText(shell.resolve(args[0])), streams);
  }
  return interactive(process, shell, streams);
};

function applyOptions(shell: Shell, flags: string): void {
  if (flags.includes('e')) shell.options.exitOnError = true;
  if (flags.includes('x')) shell.options.trace = true;
  if (flags.includes('u')) shell.options.unset = true;
}

/** Lines as they come; with a terminal, a prompt before each. */
async function interactive(process: Process, shell: Shell, streams: Parameters<Shell['runScript']>[1]): Promise<number> {
  const mark = process.world.user.uid === 0 ? '#' : '$';
  const prompt = (): string => (process.world.image.userland === 'debian' ? `${mark} ` : `${shell.cwd} ${mark} `);
  for (;;) {
    if (process.tty) process.stdout.write(new TextEncoder().encode(prompt()));
    const line = await readLine(streams.stdin);
    if (line === undefined) return shell.status;
    try {
      await shell.runScript(line, streams);
    } catch (error) {
      if (error instanceof ProcessExit) throw error;
      shell.complain(streams, `${shell.prefix}${(error as Error).message}`);
    }
  }
}

const COMMON: Readonly<Record<string, Program>> = { ...textTools, ...systemTools, sh, ash: sh };
const BUSYBOX: Readonly<Record<string, Program>> = { ...COMMON, wget: networkTools['wget']! };
const DEBIAN: Readonly<Record<string, Program>> = { ...COMMON, bash: sh, dash: sh, curl: networkTools['curl']! };

/** The program behind a name in an image: its own first, then its userland's tools. */
export function findProgram(image: Image, command: string): Program | undefined {
  const own = image.programs[command] ?? image.programs[command.split('/').pop()!];
  if (own) return own;
  if (image.userland === 'none') return undefined;
  const tools = image.userland === 'busybox' ? BUSYBOX : DEBIAN;
  const isBinaryPath = /^\/(usr\/)?s?bin\/[^/]+$/.test(command);
  return command.includes('/') && !isBinaryPath ? undefined : tools[command.split('/').pop()!];
}
