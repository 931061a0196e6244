import { BytePipe, type ByteSink, type ProcessSession } from '../../machinery/streams.ts';
import type { Output, Process } from '../processes/process.ts';
import { Terminal } from '../processes/terminal.ts';

export interface SessionStreams {
  readonly stdin: BytePipe;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly terminal?: Terminal;
}

/** A process started from outside with streams, or a terminal, of its own. `processes`: those that may share the terminal. */
export function openSession(start: (streams: SessionStreams) => Process, processes: ReadonlyMap<number, Process>, { stdin: wantsStdin, tty }: { stdin: boolean; tty: boolean }): ProcessSession & { kill(): void } {
  const stdout = new BytePipe();
  const stderr = tty ? undefined : new BytePipe();
  const terminal = tty ? new Terminal(stdout) : undefined;
  const pipe = new BytePipe();
  if (!wantsStdin) (terminal ?? pipe).end();
  const process = start(terminal ? { stdin: terminal.input, stdout: terminal.output, stderr: terminal.output, terminal } : { stdin: pipe, stdout, stderr: stderr! });
  if (terminal) terminal.leader = process;
  const exit = process.exited.then((exitCode) => {
    stdout.end();
    stderr?.end();
    return { exitCode };
  });
  const input: ByteSink = terminal ?? pipe;
  return {
    ...(wantsStdin ? { stdin: input } : {}), stdout, ...(stderr ? { stderr } : {}), resize() {}, exit,
    detach: () => {
      input.end();
      if (tty) for (const item of [...processes.values()]) if (item === process || (item.terminal === terminal && !item.background)) item.kill('SIGHUP');
    },
    kill: () => process.kill('SIGKILL'),
  };
}
