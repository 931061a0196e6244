import type { FileSystem, Stat } from '../filesystem/filesystem.ts';

/** Why an expression makes no sense. */
export class TestError extends Error {
  readonly kind: 'operand' | 'number' | 'argument' | 'bracket';
  readonly subject: string;
  constructor(kind: TestError['kind'], subject: string) {
    super(subject);
    this.kind = kind;
    this.subject = subject;
  }

  /** The words of busybox, dash or coreutils. */
  words(flavor: 'ash' | 'dash' | 'bash'): string {
    const { kind, subject } = this;
    if (kind === 'number') return flavor === 'ash' ? `${subject}: bad number` : flavor === 'dash' ? `Illegal number: ${subject}` : `${subject}: integer expression expected`;
    if (kind === 'argument') return flavor === 'bash' ? `${subject}: unary operator expected` : `${subject}: argument expected`;
    if (kind === 'bracket') return flavor === 'dash' ? 'missing ]' : flavor === 'ash' ? 'missing ]' : "missing `]'";
    return flavor === 'ash' ? `${subject}: unknown operand` : flavor === 'dash' ? `${subject}: unexpected operator` : `${subject}: binary operator expected`;
  }
}

export interface TestWorld {
  readonly files: FileSystem;
  resolve(path: string): string;
  /** Is this descriptor a terminal? */
  isTerminal(descriptor: number): boolean;
}

const BINARY = new Set(['=', '==', '!=', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef']);
const UNARY = /^-[bcdefghkLnOGprsStuwxzN]$/;

/** The expression of test(1). Throws {@link TestError}. */
export function evaluateTest(args: readonly string[], world: TestWorld): boolean {
  // POSIX: with up to four arguments their number decides.
  if (args.length === 0) return false;
  if (args.length === 1) return args[0] !== '';
  if (args.length === 2) return args[0] === '!' ? args[1] === '' : new Expression(args, world).whole();
  if (args.length === 3 && BINARY.has(args[1]!)) return binary(args[0]!, args[1]!, args[2]!, world);
  return new Expression(args, world).whole();
}

class Expression {
  readonly #args: readonly string[];
  readonly #world: TestWorld;
  #at = 0;

  constructor(args: readonly string[], world: TestWorld) {
    this.#args = args;
    this.#world = world;
  }

  whole(): boolean {
    const value = this.#or();
    if (this.#at < this.#args.length) throw new TestError('operand', this.#args[this.#at]!);
    return value;
  }

  #or(): boolean {
    let value = this.#and();
    while (this.#args[this.#at] === '-o' || this.#args[this.#at] === '||') {
      this.#at++;
      value = this.#and() || value;
    }
    return value;
  }

  #and(): boolean {
    let value = this.#not();
    while (this.#args[this.#at] === '-a' || this.#args[this.#at] === '&&') {
      this.#at++;
      value = this.#not() && value;
    }
    return value;
  }

  #not(): boolean {
    if (this.#args[this.#at] === '!' && this.#at + 1 < this.#args.length) {
      this.#at++;
      return !this.#not();
    }
    return this.#primary();
  }

  #primary(): boolean {
    const [a, b, c] = this.#args.slice(this.#at, this.#at + 3);
    if (a === undefined) throw new TestError('argument', this.#args[this.#at - 1] ?? '');
    if (a === '(') {
      this.#at++;
      const value = this.#or();
      if (this.#args[this.#at++] !== ')') throw new TestError('argument', ')');
      return value;
    }
    if (b !== undefined && BINARY.has(b)) {
      if (c === undefined) throw new TestError('argument', b);
      this.#at += 3;
      return binary(a, b, c, this.#world);
    }
    if (UNARY.test(a) && b !== undefined) {
      this.#at += 2;
      return unary(a, b, this.#world);
    }
    if (b !== undefined && !['-a', '-o', ')', '&&', '||'].includes(b)) throw new TestError('operand', this.#args.length === 2 ? a : b);
    this.#at++;
    return a !== '';
  }
}

function binary(a: string, operator: string, b: string, { files, resolve }: TestWorld): boolean {
  const number = (text: string): number => {
    if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new TestError('number', text);
    return Number(text);
  };
  switch (operator) {
    case '=':
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '>':
      return a > b;
    case '-eq':
      return number(a) === number(b);
    case '-ne':
      return number(a) !== number(b);
    case '-lt':
      return number(a) < number(b);
    case '-le':
      return number(a) <= number(b);
    case '-gt':
      return number(a) > number(b);
    case '-ge':
      return number(a) >= number(b);
  }
  const [first, second] = [quietStat(files, resolve(a)), quietStat(files, resolve(b))];
  if (operator === '-ef') return first !== undefined && first.node === second?.node;
  const newer = (x: Stat | undefined, y: Stat | undefined): boolean => x !== undefined && (y === undefined || x.mtime > y.mtime);
  return operator === '-nt' ? newer(first, second) : newer(second, first);
}

function unary(operator: string, operand: string, world: TestWorld): boolean {
  const path = world.resolve(operand);
  const stat = (): Stat | undefined => quietStat(world.files, path);
  switch (operator) {
    case '-n':
      return operand !== '';
    case '-z':
      return operand === '';
    case '-t':
      return world.isTerminal(Number(operand));
    case '-e':
      return stat() !== undefined;
    case '-r':
      return world.files.may(path, 4);
    case '-w':
      return world.files.may(path, 2);
    case '-x':
      return world.files.may(path, 1);
    case '-f':
      return stat()?.type === 'file';
    case '-d':
      return stat()?.type === 'directory';
    case '-s':
      return (stat()?.size ?? 0) > 0;
    case '-L':
    case '-h':
      return isLink(world.files, path);
    case '-p':
      return stat()?.type === 'pipe';
    case '-S':
      return stat()?.type === 'socket';
    case '-c':
      return stat()?.type === 'device';
    case '-O':
      return stat()?.uid === world.files.credentials.uid;
    case '-G':
      return stat()?.gid === world.files.credentials.gid;
    case '-u':
      return ((stat()?.mode ?? 0) & 0o4000) !== 0;
    case '-g':
      return ((stat()?.mode ?? 0) & 0o2000) !== 0;
    case '-k':
      return ((stat()?.mode ?? 0) & 0o1000) !== 0;
    default:
      return false;
  }
}

function quietStat(files: FileSystem, path: string): Stat | undefined {
  try {
    return files.stat(path);
  } catch {
    return undefined;
  }
}

function isLink(files: FileSystem, path: string): boolean {
  try {
    return files.lstat(path).type === 'link';
  } catch {
    return false;
  }
}
