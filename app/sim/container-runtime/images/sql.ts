import type { FileSystem } from '../filesystem/filesystem.ts';

export interface Table {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  rows: (string | null)[][];
}

/** Databases by name, tables by name. */
export type Databases = Record<string, Record<string, Table>>;

export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (string | null)[][];
}

/** What a statement led to: rows, or how many it changed. */
export type SqlResult = { readonly kind: 'rows'; readonly rows: Rows } | { readonly kind: 'done'; readonly tag: string; readonly count: number };

/** `kind` lets each server find its own words. */
export class SqlError extends Error {
  readonly kind: 'syntax' | 'no-table' | 'no-column' | 'exists' | 'no-database';
  readonly subject: string;
  constructor(kind: SqlError['kind'], subject: string) {
    super(subject);
    this.kind = kind;
    this.subject = subject;
  }
}

/** Databases that live in a file of the data directory, so that they outlive the container when a volume is mounted there. */
export class SqlStore {
  readonly #files: FileSystem;
  readonly #path: string;

  constructor(files: FileSystem, path: string) {
    this.#files = files;
    this.#path = path;
  }

  get isNew(): boolean {
    return !this.#files.isFile(this.#path);
  }

  read(): Databases {
    return this.isNew ? {} : (JSON.parse(this.#files.readText(this.#path)) as Databases);
  }

  write(databases: Databases): void {
    this.#files.write(this.#path, JSON.stringify(databases));
  }
}

const values = (text: string): (string | null)[] => [...text.matchAll(/'((?:''|[^'])*)'|([^,\s]+)/g)].map(([, quoted, plain]) => (quoted !== undefined ? quoted.replace(/''/g, "'") : /^null$/i.test(plain!) || /^default$/i.test(plain!) ? null : plain!));

/** One statement against the tables of a database. A small part of SQL: what people try first. */
export function runSql(statement: string, databases: Databases, database: string): SqlResult {
  const text = statement.trim().replace(/;$/, '').trim();
  const tables = (databases[database] ??= {});
  const table = (name: string): Table => {
    const found = tables[name.replace(/["`]/g, '').toLowerCase()];
    if (!found) throw new SqlError('no-table', name.replace(/["`]/g, ''));
    return found;
  };
  const create = /^create\s+table\s+(if\s+not\s+exists\s+)?(\S+?)\s*\(([\s\S]*)\)[^)]*$/i.exec(text);
  if (create) return createTable(tables, create[2]!.replace(/["`]/g, '').toLowerCase(), create[3]!, create[1] !== undefined);
  const createDatabase = /^create\s+database\s+(?:if\s+not\s+exists\s+)?["`]?(\w+)/i.exec(text);
  if (createDatabase) {
    databases[createDatabase[1]!] ??= {};
    return { kind: 'done', tag: 'CREATE DATABASE', count: 1 };
  }
  const drop = /^drop\s+table\s+(?:if\s+exists\s+)?(\S+)/i.exec(text);
  if (drop) {
    table(drop[1]!);
    delete tables[drop[1]!.replace(/["`]/g, '').toLowerCase()];
    return { kind: 'done', tag: 'DROP TABLE', count: 0 };
  }
  const insert = /^insert\s+into\s+(\S+?)\s*(?:\(([^)]*)\))?\s*values\s*([\s\S]+)$/i.exec(text);
  if (insert) return insertRows(table(insert[1]!), insert[2], insert[3]!);
  const select = /^select\s+([\s\S]+?)(?:\s+from\s+(\S+))?(?:\s+where\s+([\s\S]+?))?(?:\s+order\s+by\s+(\w+)(\s+desc)?)?(?:\s+limit\s+(\d+))?$/i.exec(text);
  if (select) return selectRows(select[2] === undefined ? undefined : table(select[2]), select[1]!, select[3], select[4], select[5] !== undefined, select[6]);
  const remove = /^delete\s+from\s+(\S+)(?:\s+where\s+([\s\S]+))?$/i.exec(text);
  if (remove) {
    const target = table(remove[1]!);
    const kept = target.rows.filter((row) => !matches(target, row, remove[2]));
    const count = target.rows.length - kept.length;
    target.rows = kept;
    return { kind: 'done', tag: `DELETE ${count}`, count };
  }
  const update = /^update\s+(\S+)\s+set\s+(\w+)\s*=\s*([\s\S]+?)(?:\s+where\s+([\s\S]+))?$/i.exec(text);
  if (update) {
    const target = table(update[1]!);
    const hits = target.rows.filter((row) => matches(target, row, update[4]));
    for (const row of hits) row[columnOf(target, update[2]!)] = values(update[3]!)[0] ?? null;
    return { kind: 'done', tag: `UPDATE ${hits.length}`, count: hits.length };
  }
  throw new SqlError('syntax', text);
}

function createTable(tables: Record<string, Table>, name: string, body: string, isQuiet: boolean): SqlResult {
  if (tables[name]) {
    if (!isQuiet) throw new SqlError('exists', name);
    return { kind: 'done', tag: 'CREATE TABLE', count: 0 };
  }
  const columns = body.split(/,(?![^(]*\))/).map((part) => part.trim().split(/\s+/)).filter(([first = '']) => !/^(primary|foreign|unique|constraint|key|index)$/i.test(first)).map(([first = '', type = '']) => ({ name: first.replace(/["`]/g, '').toLowerCase(), type: type.toLowerCase() }));
  tables[name] = { columns, rows: [] };
  return { kind: 'done', tag: 'CREATE TABLE', count: 0 };
}

function columnOf({ columns }: Table, name: string): number {
  const at = columns.findIndex((column) => column.name === name.replace(/["`]/g, '').toLowerCase());
  if (at < 0) throw new SqlError('no-column', name);
  return at;
}

function insertRows(table: Table, names: string | undefined, text: string): SqlResult {
  const order = names === undefined ? table.columns.map((_, index) => index) : names.split(',').map((name) => columnOf(table, name.trim()));
  const groups = [...text.matchAll(/\(((?:'(?:''|[^'])*'|[^()'])*)\)/g)];
  for (const [, group = ''] of groups) {
    const given = values(group);
    const row = table.columns.map(({ type }): string | null => (/serial|auto/.test(type) ? String(table.rows.length + 1) : null));
    for (const [index, column] of order.entries()) row[column] = given[index] ?? row[column]!;
    if (row[0] === null && /^int/.test(table.columns[0]!.type) && !order.includes(0)) row[0] = String(table.rows.length + 1);
    table.rows.push(row);
  }
  return { kind: 'done', tag: `INSERT 0 ${groups.length}`, count: groups.length };
}

function matches(table: Table, row: readonly (string | null)[], where: string | undefined): boolean {
  if (where === undefined) return true;
  return where.split(/\s+and\s+/i).every((part) => {
    const [, name = '', operator = '=', raw = ''] = /^(\w+)\s*(=|<>|!=|<=|>=|<|>|like)\s*([\s\S]+)$/i.exec(part.trim()) ?? [];
    const left = row[columnOf(table, name)] ?? '';
    const right = values(raw)[0] ?? '';
    const order = /^-?\d+(\.\d+)?$/.test(left) && /^-?\d+(\.\d+)?$/.test(right) ? Number(left) - Number(right) : left < right ? -1 : left > right ? 1 : 0;
    if (/like/i.test(operator)) return new RegExp(`^${right.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/%/g, '.*').replace(/_/g, '.')}$`, 'i').test(left);
    return { '=': order === 0, '<>': order !== 0, '!=': order !== 0, '<': order < 0, '>': order > 0, '<=': order <= 0, '>=': order >= 0 }[operator] ?? false;
  });
}

function selectRows(table: Table | undefined, list: string, where: string | undefined, sortBy: string | undefined, isDescending: boolean, limit: string | undefined): SqlResult {
  if (!table) {
    const given = list.split(/,(?![^(]*\))/).map((part) => part.trim());
    return { kind: 'rows', rows: { columns: given.map((part) => / as (\w+)$/i.exec(part)?.[1] ?? part), rows: [given.map((part) => values(part.replace(/ as \w+$/i, ''))[0] ?? null)] } };
  }
  let rows = table.rows.filter((row) => matches(table, row, where));
  if (/^count\(\*\)/i.test(list)) return { kind: 'rows', rows: { columns: ['count'], rows: [[String(rows.length)]] } };
  if (sortBy !== undefined) {
    const at = columnOf(table, sortBy);
    rows = [...rows].sort((a, b) => (Number(a[at]) - Number(b[at]) || ((a[at] ?? '') < (b[at] ?? '') ? -1 : 1)) * (isDescending ? -1 : 1));
  }
  if (limit !== undefined) rows = rows.slice(0, Number(limit));
  const names = list.trim() === '*' ? table.columns.map(({ name }) => name) : list.split(',').map((name) => name.trim());
  const order = names.map((name) => columnOf(table, name));
  return { kind: 'rows', rows: { columns: names, rows: rows.map((row) => order.map((at) => row[at] ?? null)) } };
}
