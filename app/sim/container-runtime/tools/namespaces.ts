import { FileError } from '../filesystem/errors.ts';
import { findProgram, spawn } from '../engine/world.ts';
import type { FileTree } from '../filesystem/file-tree.ts';
import { CommandNotFound, type ContainerWorld, type Process, type Program } from '../processes/process.ts';
import { isBusybox, quoted, toolName } from './input.ts';

/** Programs that run others in another root or in the namespaces of another process: how a node is entered from a Pod. */
const shellOf = ({ env }: Process): string[] => [env['SHELL'] ?? '/bin/sh', '-i'];

async function runIn(process: Process, world: ContainerWorld, words: readonly string[], cwd: string): Promise<number> {
  const { env, stdin, stdout, stderr, tty } = process;
  try {
    const child = world.spawn(words, { env, cwd, stdin, stdout, stderr, parent: process, tty });
    void process.exited.then(() => child.kill('SIGKILL'));
    return await child.exited;
  } catch (error) {
    if (!(error instanceof CommandNotFound)) throw error;
    process.error(isBusybox(process) ? `${toolName(process)}: can't execute '${words[0]}': No such file or directory\n` : `${toolName(process)}: failed to run command ${quoted(process, words[0])}: No such file or directory\n`);
    return 127;
  }
}

const chroot: Program = async (process) => {
  const [root, ...words] = process.argv.slice(1);
  if (root === undefined) return process.error(isBusybox(process) ? 'BusyBox v1.36.1 multi-call binary.\n\nUsage: chroot NEWROOT [PROG ARGS]\n' : "chroot: missing operand\nTry 'chroot --help' for more information.\n"), 1;
  if (!process.world.capabilities.has('SYS_CHROOT')) return process.error(isBusybox(process) ? `chroot: can't change root directory to '${root}': Operation not permitted\n` : `chroot: cannot change root directory to '${root}': Operation not permitted\n`), 125;
  try {
    const files = process.world.files.under(root.startsWith('/') ? root : `${process.cwd}/${root}`);
    const tree: FileTree = files.mountTable.root.root.tree;
    const world: ContainerWorld = {
      ...process.world, files, image: tree.image ?? process.world.image,
      spawn: (argv, options) => spawn(world, argv, options),
      find: (argv, options) => findProgram(world, argv, options),
    };
    return await runIn(process, world, words.length > 0 ? words : shellOf(process), '/');
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    process.error(isBusybox(process) ? `chroot: can't change root directory to '${root}': ${error.message}\n` : `chroot: cannot change root directory to '${root}': ${error.message}\n`);
    return 125;
  }
};

/** All namespaces of the target are entered at once: there are no half-way worlds here. */
const nsenter: Program = async (process) => {
  const args = process.argv.slice(1);
  let target: string | undefined;
  while (args[0]?.startsWith('-')) {
    const arg = args.shift()!;
    if (arg === '--') break;
    if (arg === '-t' || arg === '--target') target = args.shift();
    else if (arg.startsWith('--target=')) target = arg.slice('--target='.length);
    else if (/^-t\d+$/.test(arg)) target = arg.slice(2);
  }
  if (target === undefined) return process.error('nsenter: no target PID specified for --all\n'), 1;
  const found = process.world.pids.processes.get(Number(target));
  if (!found) return process.error(`nsenter: cannot open /proc/${target}/ns/mnt: No such file or directory\n`), 1;
  if (!process.world.capabilities.has('SYS_ADMIN')) return process.error(`nsenter: reassociate to namespace 'ns/mnt' failed: Operation not permitted\n`), 1;
  return runIn(process, found.world, args.length > 0 ? args : shellOf(process), '/');
};

export const namespaceTools: Readonly<Record<string, Program>> = { chroot, nsenter };
