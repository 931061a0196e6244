import { FileError } from '../filesystem/filesystem.ts';
import { FileNode } from '../filesystem/inode.ts';
import { CommandNotFound, Process, type ContainerWorld, type Program, type SpawnOptions } from '../processes/process.ts';

interface Place {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The program behind a command: searched along PATH in the container's own files. What is no program of ours is a script:
 * `#!` says whose, otherwise the shell's. Throws {@link CommandNotFound}.
 */
export function findProgram(world: ContainerWorld, argv: readonly string[], { env, cwd }: Place, depth = 0): { program: Program; argv: readonly string[] } {
  const [command = '', ...args] = argv;
  const path = locate(world, command, env['PATH'] ?? DEFAULT_PATH, cwd);
  const { node } = world.files.stat(path);
  if (!(node instanceof FileNode) || !world.files.may(path, 1)) throw new CommandNotFound(command, 'denied');
  if (node.program) return { program: node.program, argv };
  const text = new TextDecoder().decode(node.bytes().subarray(0, 256));
  const interpreter = /^#!\s*(\S+)(?:[ \t]+([^\n]+))?/.exec(text);
  if (interpreter && depth < 4) return findProgram(world, [interpreter[1]!, ...(interpreter[2] ? [interpreter[2].trim()] : []), path, ...args], { env, cwd }, depth + 1);
  if (depth > 0 || text.includes('\0')) throw new CommandNotFound(command, 'format');
  return findProgram(world, ['/bin/sh', path, ...args], { env, cwd }, depth + 1);
}

function locate(world: ContainerWorld, command: string, path: string, cwd: string): string {
  if (command === '') throw new CommandNotFound(command);
  if (command.includes('/')) {
    const full = command.startsWith('/') ? command : `${cwd}/${command}`;
    try {
      world.files.stat(full);
    } catch (error) {
      throw new CommandNotFound(command, error instanceof FileError && error.code === 'EACCES' ? 'denied' : 'not-found');
    }
    return full;
  }
  const candidates = path.split(':').map((directory) => `${directory}/${command}`).filter((candidate) => world.files.isFile(candidate));
  const found = candidates.find((candidate) => world.files.may(candidate, 1));
  if (found === undefined) throw new CommandNotFound(command, candidates.length > 0 ? 'denied' : 'not-found');
  return found;
}

/** Starts a program as a process of the container. */
export function spawn(world: ContainerWorld, argv: readonly string[], options: SpawnOptions): Process {
  const { program, argv: actual } = findProgram(world, argv, options);
  const process = new Process(world, actual, options);
  void process.run(program);
  return process;
}
