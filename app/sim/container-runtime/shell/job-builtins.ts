import { SIGNAL_NUMBERS, signalName, type Signal } from '../processes/signals.ts';
import type { Builtin } from './builtins.ts';
import { builtinPrefix } from './flavor.ts';
import type { Job, Shell } from './interpreter.ts';

/** What has to do with processes and signals. */
export const jobBuiltins: Readonly<Record<string, Builtin>> = {
  async wait(shell, args) {
    if (args.length === 0) {
      const running = shell.jobs.filter(({ process }) => !process.ended).map(({ process }) => process);
      const status = await shell.waitFor(running);
      if (status > 128 && running.some((process) => !process.ended)) return status;
      shell.jobs.length = 0;
      return 0;
    }
    let status = 0;
    for (const arg of args) {
      const job = find(shell, arg);
      status = job ? await shell.waitFor([job.process]) : 127;
    }
    return status;
  },
  jobs(shell) {
    for (const [index, job] of shell.jobs.entries()) {
      const mark = index === shell.jobs.length - 1 ? '+' : index === shell.jobs.length - 2 ? '-' : ' ';
      const state = job.process.ended ? 'Done' : 'Running';
      shell.print(shell.flavor === 'bash' ? `[${job.number}]${mark}  ${state.padEnd(24)}${job.text} &\n` : `[${job.number}]${mark === ' ' ? '  ' : ` ${mark}`} ${state.padEnd(27)}${job.text}\n`.replace(/^\[(\d+)\] (.)/, '[$1]$2 '));
    }
    for (let i = shell.jobs.length - 1; i >= 0; i--) if (shell.jobs[i]!.process.ended) shell.jobs.splice(i, 1);
    return 0;
  },
  async fg(shell, [which]) {
    const job = which ? find(shell, which) : shell.jobs[shell.jobs.length - 1];
    if (!job) return missing(shell, 'fg', which);
    shell.print(`${job.text}\n`);
    return shell.waitFor([job.process]);
  },
  bg: (shell, [which]) => ((which ? find(shell, which) : shell.jobs[shell.jobs.length - 1]) ? 0 : missing(shell, 'bg', which)),
  kill(shell, args) {
    if (args[0] === '-l') return list(shell, args[1]);
    let signal: Signal = 'SIGTERM';
    const targets: string[] = [];
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      if (i === 0 && /^-(?!-)/.test(arg)) {
        const name = arg === '-s' ? args[++i]! : arg.slice(1);
        if (name === '0') return targets0(shell, args.slice(i + 1));
        const found = signalName(name);
        if (!found) {
          shell.complain(shell.flavor === 'ash' ? `${shell.name}: bad signal name '${name}'` : `${builtinPrefix(shell.flavor, shell.place, 'kill')}${shell.flavor === 'bash' ? `${name}: invalid signal specification` : `Illegal option ${arg}`}`);
          return 1;
        }
        signal = found;
      } else if (arg !== '--') targets.push(arg);
    }
    return targets.reduce((status, target) => status | send(shell, target, signal), 0);
  },
};

function targets0(shell: Shell, targets: readonly string[]): number {
  return targets.reduce((status, target) => status | (shell.process.world.pids.processes.has(Number(target)) ? 0 : noProcess(shell, target)), 0);
}

function send(shell: Shell, target: string, signal: Signal): number {
  const job = target.startsWith('%') ? find(shell, target) : undefined;
  if (!job && !/^-?\d+$/.test(target)) {
    shell.complain(shell.flavor === 'ash' ? `${shell.name}: invalid number '${target}'` : `${builtinPrefix(shell.flavor, shell.place, 'kill')}${shell.flavor === 'dash' ? `Illegal number: ${target}` : `${target}: arguments must be process or job IDs`}`);
    return 1;
  }
  const process = job?.process ?? shell.process.world.pids.processes.get(Math.abs(Number(target)));
  if (!process) return noProcess(shell, target);
  process.kill(signal, process.world.pids !== shell.process.world.pids);
  return 0;
}

function noProcess(shell: Shell, target: string): number {
  shell.complain(shell.flavor === 'ash' ? `${shell.name}: can't kill pid ${target}: No such process` : shell.flavor === 'dash' ? `${builtinPrefix(shell.flavor, shell.place, 'kill')}No such process\n` : `${builtinPrefix(shell.flavor, shell.place, 'kill')}(${target}) - No such process`);
  return 1;
}

function find(shell: Shell, text: string): Job | undefined {
  if (text === '%%' || text === '%+') return shell.jobs[shell.jobs.length - 1];
  return text.startsWith('%') ? shell.jobs.find(({ number }) => String(number) === text.slice(1)) : shell.jobs.find(({ process }) => String(process.pid) === text);
}

function missing(shell: Shell, builtin: string, which: string | undefined): number {
  shell.complain(`${builtinPrefix(shell.flavor, shell.place, builtin)}${which === undefined ? `${shell.flavor === 'dash' ? 'No' : 'no'} current job` : `${shell.flavor === 'dash' ? 'No such job: ' : ''}${which}${shell.flavor === 'dash' ? '' : ': no such job'}`}`);
  return shell.flavor === 'dash' ? 2 : 1;
}

function list(shell: Shell, which: string | undefined): number {
  if (which !== undefined) {
    const number = Number(which) > 128 ? Number(which) - 128 : Number(which);
    const name = Object.entries(SIGNAL_NUMBERS).find(([, value]) => value === number)?.[0];
    shell.print(`${name?.replace('SIG', '') ?? which}\n`);
    return name ? 0 : 1;
  }
  shell.print(Object.entries(SIGNAL_NUMBERS).map(([name, value]) => `${shell.flavor === 'ash' ? `${String(value).padStart(2)}) ` : ''}${name.replace('SIG', '')}\n`).join(''));
  return 0;
}
