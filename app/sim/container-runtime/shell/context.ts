import { BytePipe } from '../../machinery/streams.ts';
import { FileError } from '../filesystem/filesystem.ts';
import { ExpansionError, type ExpansionContext } from './expansion.ts';
import { redirectionFailed } from './flavor.ts';
import type { Shell } from './interpreter.ts';

const decoder = new TextDecoder();

/** What expansions see of a shell. */
export function contextOf(shell: Shell): ExpansionContext {
  const variable = (name: string): string | undefined => specialParameter(shell, name) ?? (/^\d+$/.test(name) ? shell.parameters[Number(name) - 1] : shell.variables.get(name));
  return {
    variable,
    required: (name) => {
      const value = variable(name);
      if (value === undefined && shell.options.unset && !/^[@*#]$/.test(name)) throw new ExpansionError(`${name}: parameter not set`);
      return value;
    },
    setVariable: (name, value) => shell.assign(name, value),
    substitute: (script) => substitute(shell, script),
    parameters: shell.parameters,
    files: shell.process.world.files,
    cwd: shell.cwd,
    noGlob: shell.options.noGlob,
    braces: shell.flavor === 'bash',
    extended: shell.flavor !== 'dash',
  };
}

function specialParameter(shell: Shell, name: string): string | undefined {
  switch (name) {
    case '?':
      return String(shell.status);
    case '$':
      return String(shell.process.pid);
    case '!':
      return shell.lastBackground === 0 ? '' : String(shell.lastBackground);
    case '#':
      return String(shell.parameters.length);
    case '@':
    case '*':
      return shell.parameters.join((shell.variables.get('IFS') ?? ' ').slice(0, 1));
    case '-':
      return `${shell.options.exitOnError ? 'e' : ''}${shell.interactive ? 'i' : ''}${shell.options.unset ? 'u' : ''}${shell.options.trace ? 'x' : ''}`;
    case '0':
      return shell.name;
    case 'PWD':
      return shell.cwd;
    case 'PPID':
      return String(shell.process.parentPid);
    case 'LINENO':
      return String(shell.line);
    case 'RANDOM':
      return shell.flavor === 'dash' ? undefined : String(shell.process.world.random.int(32_768));
    case 'BASH_VERSION':
      return shell.flavor === 'bash' ? '5.2.15(1)-release' : undefined;
    case 'BASH':
      return shell.flavor === 'bash' ? '/bin/bash' : undefined;
    case 'UID':
    case 'EUID':
      return shell.flavor === 'bash' ? String(shell.process.world.user.uid) : undefined;
    case 'HOSTNAME':
      return shell.flavor === 'bash' ? shell.process.world.hostname : undefined;
    default:
      return undefined;
  }
}

/** `$(script)`: what it printed, without the newlines at the end. */
async function substitute(shell: Shell, script: string): Promise<string> {
  const stdout = new BytePipe();
  const chunks: Uint8Array[] = [];
  const reading = (async () => {
    for await (const chunk of stdout) chunks.push(chunk);
  })();
  const file = /^<\s*([\w./-]+)\s*$/.exec(script)?.[1];
  if (file === undefined) {
    shell.substituted = await shell.subshell((inner) => {
      inner.descriptors.set(1, { output: stdout });
      return inner.runScript(script);
    });
  } else {
    try {
      stdout.write(shell.process.world.files.read(shell.resolve(file)));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      shell.complain(redirectionFailed(shell.flavor, shell.place, 'open', file, error));
    }
  }
  stdout.end();
  await reading;
  return decoder.decode(Buffer.concat(chunks)).replace(/\0/g, '').replace(/\n+$/, '');
}
