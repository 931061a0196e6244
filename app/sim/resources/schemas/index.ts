import type { FieldSchema, Schemas, TypeSchema } from '../../machinery/schema.ts';
import { readDataFile } from '../data.ts';

/** Reads the generated files. */
export type SchemaReader = (file: 'structure' | 'descriptions') => string;

interface Descriptions {
  readonly [type: string]: { readonly about: string; readonly fields: Readonly<Record<string, string>> };
}

/**
 * The types of all built-in kinds, parsed at the first look-up. Descriptions are parsed only when asked for: they are four
 * fifths of the data and only OpenAPI needs them.
 */
export class BuiltInSchemas implements Schemas {
  readonly #read: SchemaReader;
  #types: Record<string, TypeSchema> | undefined;
  #descriptions: Descriptions | undefined;

  constructor(read: SchemaReader = readGenerated) {
    this.#read = read;
  }

  get names(): readonly string[] {
    return Object.keys(this.#all());
  }

  get(name: string): TypeSchema | undefined {
    return this.#all()[name];
  }

  /** What the type is for; '' when nothing is written about it. */
  describeType(name: string): string {
    return this.#described()[name]?.about ?? '';
  }

  describeField(name: string, field: string): string {
    return this.#described()[name]?.fields[field] ?? '';
  }

  #all(): Record<string, TypeSchema> {
    return (this.#types ??= JSON.parse(this.#read('structure')) as Record<string, TypeSchema>);
  }

  #described(): Descriptions {
    return (this.#descriptions ??= JSON.parse(this.#read('descriptions')) as Descriptions);
  }
}

function readGenerated(file: string): string {
  return readDataFile(`schemas/generated/${file}.json`);
}

export const schemas = new BuiltInSchemas();

export type { FieldSchema, TypeSchema };
