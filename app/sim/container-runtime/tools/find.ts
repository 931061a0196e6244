import { FileError, join, type Stat } from '../filesystem/filesystem.ts';
import type { Process, Program } from '../processes/process.ts';
import { globExpression } from '../shell/glob.ts';
import { groupName, idOf, userName } from './accounts.ts';
import { isBusybox, quoted, resolvePath } from './input.ts';
import { changedMode, humanSize } from './modes.ts';
import { posixExpression } from './regex.ts';
import { cEscapes } from '../shell/expansion.ts';

interface Found {
  readonly path: string;
  readonly root: string;
  readonly stat: Stat;
  readonly depth: number;
}

type Test = (found: Found) => boolean | Promise<boolean>;

interface Plan {
  readonly test: Test;
  readonly minDepth: number;
  readonly maxDepth: number;
  readonly depthFirst: boolean;
  finish(): Promise<number>;
}

const TYPES: Readonly<Record<string, Stat['type']>> = { f: 'file', d: 'directory', l: 'link', c: 'device', s: 'socket', p: 'pipe' };

/** find(1): starting points, then an expression of tests and actions. */
const find: Program = async (process) => {
  const args = process.argv.slice(1);
  const follows = args[0] === '-L';
  if (/^-[LPH]$/.test(args[0] ?? '')) args.shift();
  const starts: string[] = [];
  while (args.length > 0 && !/^[-!(]/.test(args[0]!)) starts.push(args.shift()!);
  let plan: Plan;
  try {
    plan = new Parser(process, args).plan();
  } catch (error) {
    if (!(error instanceof FindError)) throw error;
    process.error(`find: ${error.message}\n`);
    return 1;
  }
  let status = 0;
  for (const start of starts.length > 0 ? starts : ['.']) status |= await walk(process, plan, { path: start, root: start, depth: 0 }, follows);
  return status | (await plan.finish());
};

class FindError extends Error {}

async function walk(process: Process, plan: Plan, at: Omit<Found, 'stat'>, follows: boolean): Promise<number> {
  const { files } = process.world;
  const path = resolvePath(process, at.path);
  let stat: Stat;
  try {
    stat = follows && files.exists(path) ? files.stat(path) : files.lstat(path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    process.error(isBusybox(process) ? `find: ${at.path}: ${error.message}\n` : `find: ${quoted(process, at.path)}: ${error.message}\n`);
    return 1;
  }
  const waiting = process.compute(0.02);
  if (waiting) await waiting;
  const found: Found = { ...at, stat };
  const prune = { value: false };
  if (!plan.depthFirst && at.depth >= plan.minDepth) await plan.test(Object.assign(found, { prune }));
  let status = 0;
  if (stat.type === 'directory' && at.depth < plan.maxDepth && !prune.value) {
    try {
      for (const name of files.list(path)) status |= await walk(process, plan, { path: join(at.path, name), root: at.root, depth: at.depth + 1 }, follows);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      process.error(isBusybox(process) ? `find: ${at.path}: ${error.message}\n` : `find: ${quoted(process, at.path)}: ${error.message}\n`);
      status = 1;
    }
  }
  if (plan.depthFirst && at.depth >= plan.minDepth) await plan.test(found);
  return status;
}

class Parser {
  readonly #process: Process;
  readonly #args: readonly string[];
  #at = 0;
  #minDepth = 0;
  #maxDepth = Infinity;
  #depthFirst = false;
  #hasAction = false;
  readonly #batches: { command: string[]; paths: string[] }[] = [];

  constructor(process: Process, args: readonly string[]) {
    this.#process = process;
    this.#args = args;
  }

  plan(): Plan {
    const test = this.#args.length === 0 ? (): boolean => true : this.#or();
    if (this.#at < this.#args.length) throw this.#unknown(this.#args[this.#at]!);
    const whole: Test = this.#hasAction ? test : async (found) => {
      if (await test(found)) this.#process.print(`${found.path}\n`);
      return true;
    };
    return {
      test: whole, minDepth: this.#minDepth, maxDepth: this.#maxDepth, depthFirst: this.#depthFirst,
      finish: async () => {
        let status = 0;
        for (const { command, paths } of this.#batches) if (paths.length > 0) status |= await this.#run(command.flatMap((word) => (word === '{}' ? paths : [word])));
        return status === 0 ? 0 : 1;
      },
    };
  }

  #or(): Test {
    let left = this.#and();
    while (this.#accept('-o') || this.#accept('-or')) {
      const [a, b] = [left, this.#and()];
      left = async (found) => (await a(found)) || b(found);
    }
    return left;
  }

  #and(): Test {
    let left = this.#not();
    for (;;) {
      if (!this.#accept('-a') && !this.#accept('-and')) {
        const next = this.#args[this.#at];
        if (next === undefined || next === '-o' || next === '-or' || next === ')') return left;
      }
      const [a, b] = [left, this.#not()];
      left = async (found) => (await a(found)) && b(found);
    }
  }

  #not(): Test {
    if (this.#accept('!') || this.#accept('-not')) {
      const inner = this.#not();
      return async (found) => !(await inner(found));
    }
    if (this.#accept('(')) {
      const inner = this.#or();
      if (!this.#accept(')')) throw new FindError("invalid expression; I was expecting to find a ')' somewhere but did not see one.");
      return inner;
    }
    const name = this.#args[this.#at++];
    if (name === undefined) throw new FindError('invalid expression');
    return this.#primary(name);
  }

  #primary(name: string): Test {
    const base = (path: string): string => path.replace(/(.)\/+$/, '$1').split('/').pop() || '/';
    switch (name) {
      case '-name':
      case '-iname': {
        const expression = globExpression(this.#value(name), name === '-iname' ? 'i' : '');
        return ({ path }) => expression.test(base(path));
      }
      case '-path':
      case '-wholename':
      case '-ipath': {
        const expression = globExpression(this.#value(name), name === '-ipath' ? 'i' : '');
        return ({ path }) => expression.test(path);
      }
      case '-regex': {
        const expression = posixExpression(`^${this.#value(name)}$`);
        return ({ path }) => expression.test(path);
      }
      case '-type': {
        const types = this.#value(name).split(',').map((letter) => TYPES[letter]);
        if (types.includes(undefined)) throw new FindError('Unknown argument to -type');
        return ({ stat }) => types.includes(stat.type);
      }
      case '-empty':
        return ({ stat, path }) => (stat.type === 'directory' ? this.#process.world.files.list(resolvePath(this.#process, path)).length === 0 : stat.type === 'file' && stat.size === 0);
      case '-true':
        return () => true;
      case '-false':
        return () => false;
      case '-maxdepth':
      case '-mindepth':
        if (name === '-maxdepth') this.#maxDepth = Number(this.#value(name));
        else this.#minDepth = Number(this.#value(name));
        return () => true;
      case '-depth':
        this.#depthFirst = true;
        return () => true;
      case '-xdev':
      case '-mount':
        return () => true;
      case '-prune':
        return (found) => ((found as Found & { prune?: { value: boolean } }).prune!.value = true);
      default:
        return this.#attribute(name) ?? this.#action(name);
    }
  }

  #attribute(name: string): Test | undefined {
    const { files, clock } = this.#process.world;
    switch (name) {
      case '-size': {
        const [, sign = '', digits = '0', unit = 'b'] = /^([-+]?)(\d+)([cwbkMG]?)$/.exec(this.#value(name)) ?? [];
        const size = { c: 1, w: 2, b: 512, k: 1024, M: 1 << 20, G: 1 << 30, '': 512 }[unit] ?? 512;
        return ({ stat }) => this.#compare(Math.ceil(stat.size / size), sign, Number(digits));
      }
      case '-mtime':
      case '-mmin':
      case '-atime':
      case '-ctime':
      case '-amin':
      case '-cmin': {
        const [, sign = '', digits = '0'] = /^([-+]?)(\d+)$/.exec(this.#value(name)) ?? [];
        const unit = name.endsWith('min') ? 60_000 : 86_400_000;
        return ({ stat }) => this.#compare(Math.floor((clock.now() - stat.mtime) / unit), sign, Number(digits));
      }
      case '-newer': {
        const reference = files.stat(resolvePath(this.#process, this.#value(name))).mtime;
        return ({ stat }) => stat.mtime > reference;
      }
      case '-user': {
        const uid = idOf(files, '/etc/passwd', this.#value(name));
        return ({ stat }) => stat.uid === uid;
      }
      case '-group': {
        const gid = idOf(files, '/etc/group', this.#value(name));
        return ({ stat }) => stat.gid === gid;
      }
      case '-nouser':
        return ({ stat }) => userName(files, stat.uid) === undefined;
      case '-nogroup':
        return ({ stat }) => groupName(files, stat.gid) === undefined;
      case '-perm': {
        const text = this.#value(name);
        const wanted = changedMode(text.replace(/^[-/+]/, ''), 0, false, 0) ?? 0;
        return ({ stat }) => (text.startsWith('-') ? (stat.mode & wanted) === wanted : /^[/+]/.test(text) ? (stat.mode & wanted) !== 0 : (stat.mode & 0o7777) === wanted);
      }
      case '-executable':
        return ({ path }) => files.may(resolvePath(this.#process, path), 1);
      case '-readable':
        return ({ path }) => files.may(resolvePath(this.#process, path), 4);
      case '-writable':
        return ({ path }) => files.may(resolvePath(this.#process, path), 2);
      case '-links': {
        const count = Number(this.#value(name));
        return ({ stat }) => stat.links === count;
      }
      default:
        return undefined;
    }
  }

  #compare(value: number, sign: string, wanted: number): boolean {
    return sign === '+' ? value > wanted : sign === '-' ? value < wanted : value === wanted;
  }

  #action(name: string): Test {
    const process = this.#process;
    this.#hasAction = true;
    switch (name) {
      case '-print':
        return ({ path }) => (process.print(`${path}\n`), true);
      case '-print0':
        return ({ path }) => (process.print(`${path}\0`), true);
      case '-ls':
        return ({ path, stat }) => (process.print(`${String(stat.inode).padStart(7)} ${stat.size} ${path}\n`), true);
      case '-printf': {
        const format = cEscapes(this.#value(name));
        return (found) => (process.print(printed(process, format, found)), true);
      }
      case '-delete':
        this.#depthFirst = true;
        return ({ path, stat }) => {
          const full = resolvePath(process, path);
          if (path === '.') return true;
          if (stat.type === 'directory') process.world.files.removeDirectory(full);
          else process.world.files.removeFile(full);
          return true;
        };
      case '-quit':
        return () => process.end(0) as never;
      case '-exec':
      case '-ok':
        return this.#exec();
      default:
        throw this.#unknown(name);
    }
  }

  #exec(): Test {
    const command: string[] = [];
    for (let word = this.#args[this.#at++]; word !== ';'; word = this.#args[this.#at++]) {
      if (word === undefined) throw new FindError(isBusybox(this.#process) ? "-exec requires an argument" : "missing argument to `-exec'");
      if (word === '+' && command[command.length - 1] === '{}') {
        const batch = { command, paths: [] as string[] };
        this.#batches.push(batch);
        return ({ path }) => (batch.paths.push(path), true);
      }
      command.push(word);
    }
    return async ({ path }) => (await this.#run(command.map((word) => word.replaceAll('{}', path)))) === 0;
  }

  async #run(words: readonly string[]): Promise<number> {
    const { world, env, cwd, stdin, stdout, stderr } = this.#process;
    try {
      return await world.spawn(words, { env, cwd, stdin, stdout, stderr, parent: this.#process }).exited;
    } catch {
      this.#process.error(isBusybox(this.#process) ? `find: ${words[0]}: No such file or directory\n` : `find: ${quoted(this.#process, words[0])}: No such file or directory\n`);
      return 1;
    }
  }

  #value(name: string): string {
    const value = this.#args[this.#at++];
    if (value === undefined) throw new FindError(isBusybox(this.#process) ? `${name} requires an argument` : `missing argument to \`${name}'`);
    return value;
  }

  #accept(text: string): boolean {
    if (this.#args[this.#at] !== text) return false;
    this.#at++;
    return true;
  }

  #unknown(name: string): FindError {
    return new FindError(isBusybox(this.#process) ? `unrecognized: ${name}` : name.startsWith('-') ? `unknown predicate \`${name}'` : `paths must precede expression: \`${name}'`);
  }
}

function printed(process: Process, format: string, { path, root, stat, depth }: Found): string {
  const { files } = process.world;
  const below = path === root ? '' : path.slice(root.endsWith('/') ? root.length : root.length + 1);
  const parts: Record<string, string> = {
    p: path, P: below, f: path.split('/').pop() || '/', h: path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.', m: (stat.mode & 0o7777).toString(8), s: String(stat.size), u: userName(files, stat.uid) ?? String(stat.uid), g: groupName(files, stat.gid) ?? String(stat.gid), U: String(stat.uid), G: String(stat.gid),
    y: { file: 'f', directory: 'd', link: 'l', device: 'c', socket: 's', pipe: 'p' }[stat.type], l: stat.target ?? '', d: String(depth), i: String(stat.inode), n: String(stat.links), '%': '%', k: String(Math.ceil(stat.size / 1024)), b: String(Math.ceil(stat.size / 512)),
  };
  return format.replace(/%([A-Za-z%])/g, (whole, key: string) => parts[key] ?? whole);
}

/** du(1): what files take, in kilobytes of whole blocks. */
const du: Program = async (process) => {
  const args = process.argv.slice(1);
  const flags = args.filter((arg) => /^-[a-zA-Z]+$/.test(arg)).join('');
  const depthAt = args.findIndex((arg) => arg === '-d' || arg.startsWith('--max-depth'));
  const maxDepth = flags.includes('s') ? 0 : depthAt < 0 ? Infinity : Number(args[depthAt]!.split('=')[1] ?? args[depthAt + 1]);
  const names = args.filter((arg, index) => !arg.startsWith('-') && !(depthAt >= 0 && args[depthAt] === '-d' && index === depthAt + 1));
  const { files } = process.world;
  const show = (kilobytes: number, name: string): void => process.print(`${flags.includes('h') ? humanSize(kilobytes * 1024, isBusybox(process)) : flags.includes('b') ? kilobytes * 1024 : flags.includes('m') ? Math.ceil(kilobytes / 1024) : kilobytes}\t${name}\n`);
  const measure = (name: string, depth: number): number => {
    const path = resolvePath(process, name);
    const stat = files.lstat(path);
    if (stat.type !== 'directory') {
      const size = Math.ceil(stat.size / 4096) * 4;
      if (flags.includes('a') || depth === 0) show(size, name);
      return size;
    }
    const total = files.list(path).reduce((sum, entry) => sum + measure(join(name, entry), depth + 1), 4);
    if (depth <= maxDepth) show(total, name);
    return total;
  };
  let status = 0;
  let sum = 0;
  for (const name of names.length > 0 ? names : ['.']) {
    try {
      sum += measure(name, 0);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      process.error(isBusybox(process) ? `du: ${name}: ${error.message}\n` : `du: cannot access '${name}': ${error.message}\n`);
      status = 1;
    }
  }
  if (flags.includes('c')) show(sum, 'total');
  return status;
};

/** xargs(1). */
const xargs: Program = async (process) => {
  const args = process.argv.slice(1);
  let isNull = false;
  let perCommand = Infinity;
  let replace: string | undefined;
  let skipsEmpty = false;
  let isTraced = false;
  while (args[0]?.startsWith('-')) {
    const flag = args.shift()!;
    if (flag === '-0') isNull = true;
    else if (flag === '-r') skipsEmpty = true;
    else if (flag === '-t') isTraced = true;
    else if (/^-[nL]/.test(flag)) perCommand = Number(flag.slice(2) || args.shift());
    else if (flag.startsWith('-I')) replace = flag.slice(2) || args.shift();
    else if (/^-[Pds]$/.test(flag)) args.shift();
  }
  const command = args.length > 0 ? args : ['echo'];
  const text = await readText(process);
  const items = isNull ? text.split('\0').filter((item) => item !== '') : replace === undefined ? words(text) : text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  if (items.length === 0 && (skipsEmpty || isBusybox(process) || replace !== undefined)) return 0;
  const groups: string[][] = [];
  if (replace === undefined) for (let i = 0; i < Math.max(1, items.length); i += perCommand === Infinity ? Math.max(1, items.length) : perCommand) groups.push([...command, ...items.slice(i, i + perCommand)]);
  else for (const item of items) groups.push(command.map((word) => word.replaceAll(replace!, item)));
  let status = 0;
  for (const group of groups) {
    if (isTraced) process.error(`${group.join(' ')}\n`);
    const { world, env, cwd, stdout, stderr } = process;
    try {
      const code = await world.spawn(group, { env, cwd, stdin: { read: async () => undefined }, stdout, stderr, parent: process }).exited;
      if (code !== 0) status = 123;
      if (code === 255) return 124;
    } catch {
      process.error(`xargs: ${group[0]}: No such file or directory\n`);
      return 127;
    }
  }
  return status;
};

async function readText(process: Process): Promise<string> {
  const parts: Uint8Array[] = [];
  for (let chunk = await process.stdin.read(); chunk; chunk = await process.stdin.read()) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}

/** Words with quotes and backslashes. */
function words(text: string): string[] {
  return [...text.matchAll(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g)].map(([word]) => word.replace(/'([^']*)'|"([^"]*)"|\\(.)/g, (_, single: string | undefined, double: string | undefined, escaped: string | undefined) => single ?? double ?? escaped ?? ''));
}

export const findTools: Readonly<Record<string, Program>> = { find, du, xargs };
