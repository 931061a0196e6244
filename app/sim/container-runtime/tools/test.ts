import type { FileSystem } from '../filesystem/filesystem.ts';

/** The expression of test(1). Throws with the tool's words when it makes no sense. */
export function evaluateTest(args: readonly string[], files: FileSystem, resolve: (path: string) => string): boolean {
  if (args.length === 0) return false;
  if (args[0] === '!') return !evaluateTest(args.slice(1), files, resolve);
  const or = args.indexOf('-o');
  if (or > 0) return evaluateTest(args.slice(0, or), files, resolve) || evaluateTest(args.slice(or + 1), files, resolve);
  const and = args.indexOf('-a');
  if (and > 0) return evaluateTest(args.slice(0, and), files, resolve) && evaluateTest(args.slice(and + 1), files, resolve);
  const [a = '', b = '', c = ''] = args;
  if (args.length === 1) return a !== '';
  if (args.length === 2) return unary(a, b, files, resolve);
  const number = (text: string): number => {
    if (!/^-?\d+$/.test(text)) throw new Error(`${text}: bad number`);
    return Number(text);
  };
  switch (b) {
    case '=':
    case '==':
      return a === c;
    case '!=':
      return a !== c;
    case '-eq':
      return number(a) === number(c);
    case '-ne':
      return number(a) !== number(c);
    case '-lt':
      return number(a) < number(c);
    case '-le':
      return number(a) <= number(c);
    case '-gt':
      return number(a) > number(c);
    case '-ge':
      return number(a) >= number(c);
    default:
      throw new Error(`${b}: unknown operand`);
  }
}

function unary(operator: string, operand: string, files: FileSystem, resolve: (path: string) => string): boolean {
  const path = resolve(operand);
  switch (operator) {
    case '-n':
      return operand !== '';
    case '-z':
      return operand === '';
    case '-e':
    case '-r':
    case '-w':
    case '-x':
      return files.exists(path);
    case '-f':
      return files.isFile(path);
    case '-d':
      return files.isDirectory(path);
    case '-s':
      return files.isFile(path) && files.read(path).length > 0;
    default:
      throw new Error(`${operator}: unknown operand`);
  }
}
