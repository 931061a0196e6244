import { readDataFile } from '../data.ts';
import type { Column, PrintContext, ResourceDefinition } from '../definition.ts';

type ColumnRow = readonly [name: string, type: Column<unknown>['type'], format: string, priority: number, description: string];
type Cell = string | number | boolean | null;

let table: Record<string, readonly ColumnRow[]> | undefined;

/**
 * The columns of a resource as a real server describes them (`columns.json`), with one cell function each, in order.
 * @param resource `v1/pods`, `apps/v1/deployments`
 */
export function columnsOf<T>(resource: string, cells: readonly ((object: Readonly<T>, context: PrintContext) => Cell)[]): readonly Column<T>[] {
  return new LazyColumns(resource, cells).columns;
}

/** A row of an object's table: the cells of the columns, and those that no column names. */
export function cellsOf({ columns, unnamedCells = [] }: ResourceDefinition, object: object, context: PrintContext): Cell[] {
  return [...columns.map(({ value }) => value), ...unnamedCells].map((cell) => cell(object as never, context));
}

/** Reads the table when a column is first looked at, not when the module is loaded. */
class LazyColumns<T> {
  readonly columns: readonly Column<T>[];

  constructor(resource: string, cells: readonly ((object: Readonly<T>, context: PrintContext) => Cell)[]) {
    const row = (index: number): ColumnRow => {
      table ??= JSON.parse(readDataFile('columns.json')) as Record<string, readonly ColumnRow[]>;
      return table[resource]![index]!;
    };
    this.columns = cells.map((value, index) => ({
      get name() { return row(index)[0]; },
      get type() { return row(index)[1]; },
      get format() { return row(index)[2]; },
      get priority() { return row(index)[3]; },
      get description() { return row(index)[4]; },
      value,
    }));
  }
}
