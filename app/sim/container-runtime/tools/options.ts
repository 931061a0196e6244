import type { Process, Program } from '../processes/process.ts';
import { isBusybox, toolName } from './input.ts';

export interface Options {
  /** Flags without a value. */
  readonly flags: ReadonlySet<string>;
  /** The last value of an option that takes one. */
  value(name: string): string | undefined;
  /** All values, in order. */
  values(name: string): readonly string[];
  readonly rest: readonly string[];
}

/** An option that a tool does not know. */
export class UsageError extends Error {}

/**
 * Cuts arguments as getopt does. `spec` is getopt's: letters, with a colon after those that take a value; `long` maps long
 * names to letters.
 */
export function parseOptions(process: Process, spec: string, long: Readonly<Record<string, string>> = {}, { stopAtFirst = false } = {}): Options {
  const flags = new Set<string>();
  const values = new Map<string, string[]>();
  const rest: string[] = [];
  const args = process.argv.slice(1);
  const takesValue = (letter: string): boolean => spec[spec.indexOf(letter) + 1] === ':';
  const give = (letter: string, value: string): void => void values.set(letter, [...(values.get(letter) ?? []), value]);
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      rest.push(...args.slice(i + 1));
      break;
    }
    if (arg.startsWith('--')) {
      const [name = '', value] = arg.slice(2).split(/=([\s\S]*)/);
      const letter = long[name] ?? long[Object.keys(long).find((key) => key.startsWith(name)) ?? ''];
      if (letter === undefined) throw unknown(process, `unrecognized option '--${name}'`);
      if (takesValue(letter)) give(letter, value ?? args[++i] ?? '');
      else flags.add(letter);
    } else if (arg.startsWith('-') && arg !== '-') {
      for (let at = 1; at < arg.length; at++) {
        const letter = arg[at]!;
        if (letter === ':' || !spec.includes(letter)) throw unknown(process, `invalid option -- '${letter}'`);
        if (!takesValue(letter)) flags.add(letter);
        else {
          const value = arg.slice(at + 1) || args[++i];
          if (value === undefined) throw unknown(process, `option requires an argument -- '${letter}'`);
          give(letter, value);
          break;
        }
      }
    } else {
      rest.push(arg);
      if (stopAtFirst) {
        rest.push(...args.slice(i + 1));
        break;
      }
    }
  }
  return { flags, value: (name) => values.get(name)?.at(-1), values: (name) => values.get(name) ?? [], rest };
}

function unknown(process: Process, message: string): UsageError {
  const name = toolName(process);
  return new UsageError(isBusybox(process) ? `${name}: ${message}\nBusyBox v1.36.1 (2024-05-15 00:00:00 UTC) multi-call binary.\n\nUsage: ${name} [OPTIONS]\n` : `${name}: ${message}\nTry '${name} --help' for more information.\n`);
}

/** A tool that parses its options first; what it does not know ends it with the usage. */
export function tool(spec: string, body: (process: Process, options: Options) => number | Promise<number>, long: Readonly<Record<string, string>> = {}, extra?: { stopAtFirst?: boolean; usageStatus?: number }): Program {
  return (process) => {
    let options: Options;
    try {
      options = parseOptions(process, spec, long, extra);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      process.error(error.message);
      return extra?.usageStatus ?? 1;
    }
    return body(process, options);
  };
}
