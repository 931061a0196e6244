import { ArithmeticError } from './arithmetic.ts';
import type { Flavor } from './flavor.ts';
import type { Command } from './parser.ts';

/** A word as `set -x` shows it. */
export function traced(word: string, flavor: Flavor): string {
  if (flavor === 'dash') return word;
  return word === '' ? "''" : /[^\w@%+=:,./-]/.test(word) ? `'${word.replace(/'/g, "'\\''")}'` : word;
}

/** A command as `jobs` shows it. */
export function describe(command: Command): string {
  if (command.type === 'simple') return command.words.join(' ');
  return command.type === 'pipeline' ? command.commands.map(describe).join(' | ') : `${command.type} ...`;
}

/** What `time` prints. */
export function times(milliseconds: number, flavor: Flavor): string {
  const minutes = Math.floor(milliseconds / 60_000);
  const seconds = (milliseconds % 60_000) / 1000;
  if (flavor === 'bash') return `\nreal\t${minutes}m${seconds.toFixed(3)}s\nuser\t0m0.001s\nsys\t0m0.001s`;
  return `real\t${minutes}m ${seconds.toFixed(2)}s\nuser\t0m 0.00s\nsys\t0m 0.00s`;
}

/** Why an expansion failed. */
export function expansionWords(error: Error, flavor: Flavor): string {
  if (error instanceof ArithmeticError) return flavor === 'dash' ? `arithmetic expression: ${error.message.replace('divide by', 'division by').replace('arithmetic syntax error', 'expecting primary')}: ${JSON.stringify(error.expression)}` : error.message;
  if (error.message === 'bad substitution') return flavor === 'ash' ? 'syntax error: bad substitution' : 'Bad substitution';
  return error.message.replace('parameter null or not set', 'parameter not set or null');
}
