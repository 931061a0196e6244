import { rfc3339Micro } from '../../../base/clock/index.ts';
import { baseOf, FileError, join, type Stat } from '../filesystem/filesystem.ts';
import { DeviceNode } from '../filesystem/inode.ts';
import type { Process, Program } from '../processes/process.ts';
import { groupName, idOf, userName } from './accounts.ts';
import { isBusybox, isDirectory, resolvePath, toolName } from './input.ts';
import { changedMode, modeText } from './modes.ts';
import { tool } from './options.ts';

/** Runs a file operation and words its failure: `words` is what coreutils puts before the reason. */
function guarded(process: Process, name: string, words: string, action: () => void, busyboxWords?: string): number {
  try {
    action();
    return 0;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    process.error(`${toolName(process)}: ${isBusybox(process) ? (busyboxWords ?? name) : words}: ${error.message}\n`);
    return 1;
  }
}

function missing(process: Process, operand = 'missing operand'): number {
  process.error(isBusybox(process) ? `BusyBox v1.36.1 multi-call binary.\n\nUsage: ${toolName(process)} [OPTIONS] FILE...\n` : `${toolName(process)}: ${operand}\nTry '${toolName(process)} --help' for more information.\n`);
  return 1;
}

const mkdir = tool('pm:v', (process, { flags, value, rest }) => {
  if (rest.length === 0) return missing(process);
  const mode = value('m');
  return rest.reduce((status, name) => status | guarded(process, name, `cannot create directory '${name}'`, () => {
    const path = resolvePath(process, name);
    const { files } = process.world;
    if (!flags.has('p')) files.makeDirectory(path);
    else if (files.exists(path) && !files.isDirectory(path)) throw new FileError('EEXIST');
    else files.makeDirectories(path);
    if (mode !== undefined) files.changeMode(path, changedMode(mode, 0o777, true, 0) ?? 0o755);
  }, `can't create directory '${name}'`), 0);
}, { parents: 'p', mode: 'm', verbose: 'v' });

const rmdir = tool('p', (process, { rest }) => rest.reduce((status, name) => status | guarded(process, name, `failed to remove '${name}'`, () => process.world.files.removeDirectory(resolvePath(process, name)), `'${name}'`), 0));

const rm = tool('rRfiv', (process, { flags, rest }) => {
  const isForced = flags.has('f');
  if (rest.length === 0) return isForced ? 0 : missing(process);
  const { files } = process.world;
  return rest.reduce((status, name) => {
    const path = resolvePath(process, name);
    if (isForced && !there(process, path)) return status;
    if (['.', '..'].includes(name.replace(/\/+$/, '').split('/').pop()!)) {
      process.error(isBusybox(process) ? "rm: can't remove '.' or '..'\n" : `rm: refusing to remove '.' or '..' directory: skipping '${name}'\n`);
      return 1;
    }
    if (there(process, path) && files.lstat(path).type === 'directory' && !flags.has('r') && !flags.has('R')) {
      process.error(isBusybox(process) ? `rm: '${name}' is a directory\n` : `rm: cannot remove '${name}': Is a directory\n`);
      return 1;
    }
    return status | removeAll(process, path, name);
  }, 0);
}, { recursive: 'r', force: 'f', verbose: 'v' });

/** Removes what can be removed and complains about the rest. */
function removeAll(process: Process, path: string, name: string): number {
  const { files } = process.world;
  let status = 0;
  if (there(process, path) && files.lstat(path).type === 'directory') {
    try {
      for (const entry of files.list(path)) status |= removeAll(process, join(path, entry), join(name, entry));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    }
    if (status !== 0) return status;
    return guarded(process, name, `cannot remove '${name}'`, () => files.removeDirectory(path), `can't remove '${name}'`);
  }
  return guarded(process, name, `cannot remove '${name}'`, () => files.removeFile(path), `can't remove '${name}'`);
}

function there(process: Process, path: string): boolean {
  try {
    process.world.files.lstat(path);
    return true;
  } catch {
    return false;
  }
}

const touch = tool('cd:t:r:am', (process, { flags, rest }) => rest.reduce((status, name) => status | guarded(process, name, `cannot touch '${name}'`, () => {
  const path = resolvePath(process, name);
  const { files, clock } = process.world;
  if (files.exists(path)) files.touch(path, clock.now());
  else if (!flags.has('c')) files.openForWrite(path, 'keep');
}), rest.length === 0 ? missing(process, 'missing file operand') : 0));

interface CopyFlags {
  readonly recursive: boolean;
  readonly preserve: boolean;
  readonly noDereference: boolean;
}

function copyTree(process: Process, from: string, to: string, name: string, options: CopyFlags): number {
  const { files } = process.world;
  const stat = options.noDereference || options.recursive ? files.lstat(from) : files.stat(from);
  if (stat.type === 'link') {
    if (there(process, to)) files.removeFile(to);
    files.symlink(stat.target!, to);
    return 0;
  }
  if (stat.type === 'directory') {
    if (!options.recursive) {
      process.error(isBusybox(process) ? `cp: omitting directory '${name}'\n` : `cp: -r not specified; omitting directory '${name}'\n`);
      return 1;
    }
    if (!files.exists(to)) files.makeDirectory(to);
    let status = 0;
    for (const entry of files.list(from)) status |= copyTree(process, join(from, entry), join(to, entry), join(name, entry), options);
    if (options.preserve) files.changeMode(to, stat.mode);
    return status;
  }
  const isNew = !files.exists(to);
  files.openForWrite(to, 'truncate', 0o666).write(files.read(from));
  if (isNew || options.preserve) files.changeMode(to, options.preserve ? stat.mode : stat.mode & ~files.umask & 0o777);
  if (options.preserve) files.touch(to, stat.mtime);
  return 0;
}

const cp = tool('rRafpdLPHvuni', (process, { flags, rest }) => {
  const target = rest[rest.length - 1];
  if (rest.length < 2 || target === undefined) return missing(process, rest.length === 1 ? `missing destination file operand after '${rest[0]}'` : 'missing file operand');
  const options = { recursive: flags.has('r') || flags.has('R') || flags.has('a'), preserve: flags.has('a') || flags.has('p'), noDereference: flags.has('a') || flags.has('d') || flags.has('P') };
  const isInto = isDirectory(process, resolvePath(process, target));
  if (rest.length > 2 && !isInto) {
    process.error(isBusybox(process) ? `cp: target '${target}' is not a directory\n` : `cp: target '${target}': ${there(process, resolvePath(process, target)) ? 'Not a directory' : 'No such file or directory'}\n`);
    return 1;
  }
  return rest.slice(0, -1).reduce((status, name) => {
    const from = resolvePath(process, name);
    if (!there(process, from)) {
      process.error(isBusybox(process) ? `cp: can't stat '${name}': No such file or directory\n` : `cp: cannot stat '${name}': No such file or directory\n`);
      return 1;
    }
    const to = isInto ? join(resolvePath(process, target), baseOf(name)) : resolvePath(process, target);
    let result = 0;
    return status | guarded(process, name, `cannot create regular file '${isInto ? join(target, baseOf(name)) : target}'`, () => { result = copyTree(process, from, to, name, options); }, `can't create '${isInto ? join(target, baseOf(name)) : target}'`) | result;
  }, 0);
}, { recursive: 'r', archive: 'a', force: 'f', preserve: 'p', verbose: 'v' });

const mv = tool('finv', (process, { rest }) => {
  const target = rest[rest.length - 1];
  if (rest.length < 2 || target === undefined) return missing(process, rest.length === 1 ? `missing destination file operand after '${rest[0]}'` : 'missing file operand');
  const { files } = process.world;
  const isInto = isDirectory(process, resolvePath(process, target));
  return rest.slice(0, -1).reduce((status, name) => {
    const from = resolvePath(process, name);
    if (!there(process, from)) {
      process.error(isBusybox(process) ? `mv: can't rename '${name}': No such file or directory\n` : `mv: cannot stat '${name}': No such file or directory\n`);
      return 1;
    }
    const shown = isInto ? join(target, baseOf(name)) : target;
    const to = resolvePath(process, shown);
    return status | guarded(process, name, `cannot move '${name}' to '${shown}'`, () => {
      try {
        files.rename(from, to);
      } catch (error) {
        if (!(error instanceof FileError) || error.code !== 'EXDEV') throw error;
        copyTree(process, from, to, name, { recursive: true, preserve: true, noDereference: true });
        files.removeTree(from);
      }
    }, `can't rename '${name}'`);
  }, 0);
});

const ln = tool('sfnvT', (process, { flags, rest }) => {
  const [target, name] = rest;
  if (target === undefined) return missing(process, 'missing file operand');
  const { files } = process.world;
  const given = name ?? baseOf(target);
  const path = isDirectory(process, resolvePath(process, given)) && !flags.has('n') ? join(resolvePath(process, given), baseOf(target)) : resolvePath(process, given);
  return guarded(process, given, `failed to create ${flags.has('s') ? 'symbolic' : 'hard'} link '${given}'`, () => {
    if (flags.has('f') && there(process, path)) files.removeFile(path);
    if (flags.has('s')) files.symlink(target, path);
    else files.link(resolvePath(process, target), path);
  });
}, { symbolic: 's', force: 'f' });

/** A path and, with -R, all below it. */
function* below(process: Process, name: string, recursive: boolean): Generator<string> {
  yield name;
  const path = resolvePath(process, name);
  if (recursive && there(process, path) && process.world.files.lstat(path).type === 'directory') for (const entry of process.world.files.list(path)) yield* below(process, join(name, entry), true);
}

const chmod: Program = (process) => {
  const args = process.argv.slice(1);
  const isRecursive = args.some((arg) => /^-[Rvcf]*R[vcf]*$/.test(arg));
  const [mode, ...names] = args.filter((arg, index) => !(/^-[Rvcf]+$/.test(arg) && index < 2));
  if (mode === undefined || names.length === 0) return missing(process, mode === undefined ? 'missing operand' : `missing operand after '${mode}'`);
  const { files } = process.world;
  let status = 0;
  for (const name of names) {
    for (const item of below(process, name, isRecursive)) {
      status |= guarded(process, item, there(process, resolvePath(process, item)) ? `changing permissions of '${item}'` : `cannot access '${item}'`, () => {
        const path = resolvePath(process, item);
        const before = files.stat(path);
        const next = changedMode(mode, before.mode, before.type === 'directory', files.umask);
        if (next === undefined) throw new Error(isBusybox(process) ? `invalid mode '${mode}'` : `invalid mode: '${mode}'\nTry 'chmod --help' for more information.`);
        files.changeMode(path, next);
      });
    }
  }
  return status;
};

function owner(isGroupOnly: boolean): Program {
  return tool('RhvcfL', (process, { flags, rest: [spec, ...names] }) => {
    if (spec === undefined || names.length === 0) return missing(process);
    const { files } = process.world;
    const [user = '', group] = isGroupOnly ? ['', spec] : spec.split(/[:.]/);
    const uid = user === '' ? undefined : idOf(files, '/etc/passwd', user);
    const gid = group === undefined || group === '' ? undefined : idOf(files, '/etc/group', group);
    if ((user !== '' && uid === undefined) || (group && gid === undefined)) {
      const isUser = user !== '' && uid === undefined;
      process.error(isBusybox(process) ? `${toolName(process)}: unknown ${isUser ? 'user' : 'group'} ${isUser ? user : group}\n` : `${toolName(process)}: invalid ${isUser ? 'user' : 'group'}: '${spec}'\n`);
      return 1;
    }
    let status = 0;
    for (const name of names) for (const item of below(process, name, flags.has('R'))) status |= guarded(process, item, there(process, resolvePath(process, item)) ? `changing ${isGroupOnly ? 'group' : 'ownership'} of '${item}'` : `cannot access '${item}'`, () => files.changeOwner(resolvePath(process, item), uid, gid, !flags.has('h')));
    return status;
  }, { recursive: 'R' });
}

const stat = tool('c:fLt', (process, { value, flags, rest }) => {
  if (rest.length === 0) return missing(process);
  return rest.reduce((status, name) => status | guarded(process, name, `cannot statx '${name}'`, () => {
    const path = resolvePath(process, name);
    const found = flags.has('L') ? process.world.files.stat(path) : process.world.files.lstat(path);
    const format = value('c');
    process.print(format === undefined ? fullStat(process, name, found) : `${formatStat(process, format, name, found)}\n`);
  }, `can't stat '${name}'`), 0);
}, { format: 'c' });

const KINDS: Readonly<Record<Stat['type'], string>> = { file: 'regular file', directory: 'directory', link: 'symbolic link', device: 'character special file', socket: 'socket', pipe: 'fifo' };

const kindOf = (found: Stat): string => (found.type === 'file' && found.size === 0 ? 'regular empty file' : KINDS[found.type]);

function formatStat(process: Process, format: string, name: string, found: Stat): string {
  const { files } = process.world;
  const seconds = String(Math.floor(found.mtime / 1000));
  const parts: Record<string, string> = {
    a: (found.mode & 0o7777).toString(8), A: modeText(found), u: String(found.uid), g: String(found.gid), U: userName(files, found.uid) ?? 'UNKNOWN', G: groupName(files, found.gid) ?? 'UNKNOWN',
    s: String(found.size), n: name, N: found.target === undefined ? (isBusybox(process) ? name : `'${name}'`) : `'${name}' -> '${found.target}'`, F: kindOf(found), i: String(found.inode), h: String(found.links), Y: seconds, X: seconds, Z: seconds, W: '0',
    y: timeText(found.mtime), x: timeText(found.mtime), z: timeText(found.mtime), b: String(Math.ceil(found.size / 4096) * 8), B: '512', o: '4096', d: '2049', D: '801', f: (found.mode | 0o100000).toString(16), m: '/', T: '0', t: '0',
  };
  return format.replace(/%(.)/g, (whole, key: string) => parts[key] ?? whole);
}

const timeText = (at: number): string => `${rfc3339Micro(at).slice(0, 23).replace('T', ' ')}000000 +0000`;

function fullStat(process: Process, name: string, found: Stat): string {
  const time = timeText(found.mtime);
  const pad = (text: string, width: number): string => text.padEnd(width);
  const owner = (id: number, label: string | undefined): string => `${String(id).padStart(5)}/${(label ?? 'UNKNOWN').padStart(8)}`;
  const { files } = process.world;
  return `  File: ${name}${found.target === undefined ? '' : ` -> ${found.target}`}\n  Size: ${pad(String(found.size), 10)}\tBlocks: ${pad(String(found.type === 'directory' ? 8 : Math.ceil(found.size / 4096) * 8), 10)} IO Block: 4096   ${kindOf(found)}\nDevice: ${isBusybox(process) ? '801h/2049d' : '8,1'}\tInode: ${pad(String(found.inode), 11)} Links: ${found.links}\nAccess: (${(found.mode & 0o7777).toString(8).padStart(4, '0')}/${modeText(found)})  Uid: (${owner(found.uid, userName(files, found.uid))})   Gid: (${owner(found.gid, groupName(files, found.gid))})\nAccess: ${time}\nModify: ${time}\nChange: ${time}\n${isBusybox(process) ? '' : ` Birth: ${time}\n`}`;
}

const readlink = tool('fenmv', (process, { flags, rest }) => rest.reduce((status, name) => {
  try {
    const path = resolvePath(process, name);
    const { files } = process.world;
    const shown = flags.has('f') || flags.has('e') || flags.has('m') ? (files.exists(path) ? files.realPath(path) : flags.has('e') ? undefined : path) : files.readLink(path);
    if (shown === undefined) return 1;
    process.print(`${shown}${flags.has('n') ? '' : '\n'}`);
    return status;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return 1;
  }
}, 0));

const realpath = tool('ems', (process, { rest }) => rest.reduce((status, name) => status | guarded(process, name, name, () => process.print(`${process.world.files.realPath(resolvePath(process, name))}\n`)), 0));

const basename: Program = (process) => {
  const [path, suffix] = process.argv.slice(1);
  if (path === undefined) return missing(process);
  const name = path.replace(/(.)\/+$/, '$1').split('/').pop() || '/';
  process.print(`${suffix && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name}\n`);
  return 0;
};

const dirname: Program = (process) => {
  const [path] = process.argv.slice(1);
  if (path === undefined) return missing(process);
  const clean = path.replace(/(.)\/+$/, '$1');
  const slash = clean.lastIndexOf('/');
  process.print(`${slash < 0 ? '.' : clean.slice(0, slash) || '/'}\n`);
  return 0;
};

const mktemp = tool('dp:qut', (process, { flags, value, rest }) => {
  const template = rest[0] ?? 'tmp.XXXXXXXXXX';
  const name = template.replace(/X{3,}$/, (letters) => process.world.ids.hex(letters.length));
  const path = name.includes('/') ? resolvePath(process, name) : join(value('p') ?? process.env['TMPDIR'] ?? '/tmp', name);
  return guarded(process, path, `failed to create ${flags.has('d') ? 'directory' : 'file'} via template '${template}'`, () => {
    if (flags.has('d')) process.world.files.makeDirectory(path, 0o700);
    else process.world.files.openForWrite(path, 'keep', 0o600);
    process.print(`${path}\n`);
  });
});

const truncate = tool('s:c', (process, { value, rest }) => rest.reduce((status, name) => status | guarded(process, name, `cannot open '${name}' for writing`, () => {
  const { node } = process.world.files.openForWrite(resolvePath(process, name), 'keep');
  if (!(node instanceof DeviceNode)) node.truncate(sizeOf(value('s') ?? '0'));
}), 0));

const fallocate = tool('l:o:', (process, { value, rest }) => {
  const [name] = rest;
  const length = value('l');
  if (name === undefined || length === undefined) {
    process.error(`fallocate: no ${length === undefined ? 'length argument' : 'filename'} specified\n`);
    return 1;
  }
  let node: ReturnType<typeof process.world.files.openForWrite>['node'] | undefined;
  const status = guarded(process, name, `cannot open ${name}`, () => void (node = process.world.files.openForWrite(resolvePath(process, name), 'keep').node));
  // Room is only ever added.
  return status || guarded(process, name, 'fallocate failed', () => {
    if (!(node instanceof DeviceNode)) node!.truncate(Math.max(node!.size, sizeOf(value('o') ?? '0') + sizeOf(length)));
  }, `fallocate '${name}'`);
});

/** `10M`, `1G`, `512` */
export function sizeOf(text: string): number {
  const [, digits = '0', unit = '', binary] = /^\+?(\d+(?:\.\d+)?)([cwbkKMGT]?)(B|iB)?$/.exec(text) ?? [];
  const step = binary === 'B' ? 1000 : 1024;
  return Math.floor(Number(digits) * ({ '': 1, c: 1, w: 2, b: 512, k: step, K: step, M: step ** 2, G: step ** 3, T: step ** 4 }[unit] ?? 1));
}

const mkfifo = tool('m:', (process, { rest }) => rest.reduce((status, name) => status | guarded(process, name, `cannot create fifo '${name}'`, () => process.world.files.makeSocket(resolvePath(process, name), 'pipe')), 0));

const install: Program = (process) => cp(process);

export const fileTools: Readonly<Record<string, Program>> = {
  mkdir, rmdir, rm, touch, cp, mv, ln, chmod, chown: owner(false), chgrp: owner(true), stat, readlink, realpath, basename, dirname, mktemp, truncate, mkfifo, install,
  unlink: (process) => guarded(process, process.argv[1] ?? '', `cannot unlink '${process.argv[1]}'`, () => process.world.files.removeFile(resolvePath(process, process.argv[1] ?? ''))),
  sync: () => 0, fsync: () => 0, fallocate,
};
