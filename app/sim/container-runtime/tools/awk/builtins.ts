import { printfText } from '../printf.ts';
import type { Awk } from './interpreter.ts';
import type { Expression } from './syntax.ts';
import { fromInput, toNumber, toText, type Value } from './values.ts';

/** The functions that awk brings along. */
export async function callBuiltin(awk: Awk, name: string, args: readonly Expression[]): Promise<Value | undefined> {
  const value = async (index: number): Promise<Value | undefined> => (args[index] ? awk.value(args[index]) : undefined);
  const text = async (index: number): Promise<string> => toText(await value(index));
  const number = async (index: number): Promise<number> => toNumber(await value(index));
  switch (name) {
    case 'length': {
      const [first] = args;
      if (first?.type === 'variable' && awk.get(first.name) === undefined && awk.globals.get(first.name) instanceof Map) return awk.array(first.name).size;
      return (first ? await text(0) : awk.record).length;
    }
    case 'substr': {
      const source = await text(0);
      const start = Math.round(await number(1));
      const end = args[2] ? start + Math.round(await number(2)) : Infinity;
      return source.slice(Math.max(0, start - 1), Math.max(0, Math.min(source.length, end - 1)));
    }
    case 'index':
      return (await text(0)).indexOf(await text(1)) + 1;
    case 'split':
      return split(awk, args, await text(0));
    case 'sub':
    case 'gsub':
      return substitute(awk, args, name === 'gsub');
    case 'match':
      return match(awk, await text(0), args[1]!);
    case 'sprintf': {
      const values: string[] = [];
      for (const [index] of args.entries()) values.push(await text(index));
      return printfText((values[0] ?? '').replace(/\\/g, '\\\\'), values.slice(1)).text;
    }
    case 'toupper':
      return (await text(0)).toUpperCase();
    case 'tolower':
      return (await text(0)).toLowerCase();
    case 'int':
      return Math.trunc(await number(0));
    case 'sqrt':
      return Math.sqrt(await number(0));
    case 'exp':
      return Math.exp(await number(0));
    case 'log':
      return Math.log(await number(0));
    case 'sin':
      return Math.sin(await number(0));
    case 'cos':
      return Math.cos(await number(0));
    case 'atan2':
      return Math.atan2(await number(0), await number(1));
    case 'rand':
      return awk.process.world.random.int(1_000_000) / 1_000_000;
    case 'srand':
      return 0;
    case 'systime':
      return Math.floor(awk.process.world.clock.now() / 1000);
    case 'system':
      return awk.streams.run(await text(0));
    case 'close':
      return awk.streams.close(await text(0));
    case 'fflush':
      return 0;
    default:
      throw new Error(`Call to undefined function`);
  }
}

async function expressionOf(awk: Awk, expression: Expression): Promise<RegExp> {
  return awk.expression(expression.type === 'regex' ? expression.source : toText(await awk.value(expression)));
}

async function split(awk: Awk, args: readonly Expression[], text: string): Promise<number> {
  const [, array, separator] = args;
  if (array?.type !== 'variable') return 0;
  const parts = separator?.type === 'regex' ? (text === '' ? [] : text.split(awk.expression(separator.source))) : awk.split(text, separator ? toText(await awk.value(separator)) : awk.text('FS'));
  const target = awk.array(array.name);
  target.clear();
  for (const [index, part] of parts.entries()) target.set(String(index + 1), fromInput(part));
  return parts.length;
}

async function substitute(awk: Awk, args: readonly Expression[], all: boolean): Promise<number> {
  const expression = await expressionOf(awk, args[0]!);
  const replacement = toText(await awk.value(args[1]!));
  const target: Expression = args[2] ?? { type: 'field', index: { type: 'number', value: 0 } };
  const source = toText(await awk.value(target));
  let count = 0;
  const next = source.replace(new RegExp(expression.source, all ? 'g' : ''), (found) => {
    count++;
    return replacement.replace(/\\\\|\\&|&/g, (part) => (part === '&' ? found : part === '\\&' ? '&' : '\\'));
  });
  if (count > 0) await awk.assign(target, next);
  return count;
}

async function match(awk: Awk, text: string, pattern: Expression): Promise<number> {
  const found = (await expressionOf(awk, pattern)).exec(text);
  awk.set('RSTART', found ? found.index + 1 : 0);
  awk.set('RLENGTH', found ? found[0].length : -1);
  return found ? found.index + 1 : 0;
}
