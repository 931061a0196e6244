import type { Program } from '../../processes/process.ts';
import { cEscapes } from '../../shell/expansion.ts';
import { isBusybox, resolvePath, toolName } from '../input.ts';
import { tool } from '../options.ts';
import { Awk } from './interpreter.ts';
import { parseAwk } from './parser.ts';
import { AwkSyntaxError, type AwkProgram } from './syntax.ts';
import { fromInput } from './values.ts';

/** awk(1). */
const awk = tool('F:v:f:', async (process, { value, values, rest }) => {
  const scripts = values('f').map((name) => process.world.files.readText(resolvePath(process, name)));
  const args = [...rest];
  if (scripts.length === 0) {
    const script = args.shift();
    if (script === undefined) {
      process.error(isBusybox(process) ? 'BusyBox v1.36.1 multi-call binary.\n\nUsage: awk [OPTIONS] [AWK_PROGRAM] [FILE]...\n' : 'usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]\n');
      return isBusybox(process) ? 1 : 2;
    }
    scripts.push(script);
  }
  let program: AwkProgram;
  try {
    program = parseAwk(scripts.join('\n'));
  } catch (error) {
    if (!(error instanceof AwkSyntaxError)) throw error;
    process.error(isBusybox(process) ? `awk: cmd. line:1: ${error.message}\n` : `${toolName(process)}: line 1: syntax error at or near end of file\n`);
    return isBusybox(process) ? 1 : 2;
  }
  const separator = value('F');
  const run = new Awk(process, program, separator === undefined ? undefined : separator === 't' ? '\t' : cEscapes(separator));
  for (const assignment of values('v')) {
    const at = assignment.indexOf('=');
    run.globals.set(assignment.slice(0, at), fromInput(cEscapes(assignment.slice(at + 1))));
  }
  run.globals.set('ARGC', args.length + 1);
  run.globals.set('ARGV', new Map([['0', 'awk'], ...args.map((arg, index): [string, string] => [String(index + 1), arg])]));
  try {
    return await run.run(args);
  } catch (error) {
    if (!(error instanceof Error) || error.constructor !== Error) throw error;
    process.error(`awk: cmd. line:1: ${error.message}\n`);
    return isBusybox(process) ? 1 : 2;
  }
}, {}, { stopAtFirst: true });

export const awkTools: Readonly<Record<string, Program>> = { awk, mawk: awk };
