import type { Program } from '../../../machinery/cel/index.ts';
import { estimate, type SizeOf } from '../../../machinery/cel/cost.ts';
import { propertyOf, valuesOf, type JsonSchema } from './json-schema.ts';
import { unescapeProperty } from './cel-types.ts';

export interface Cost {
  readonly max: number;
}

/** The largest request that the server reads. models apiextensions: maxRequestSizeBytes */
const REQUEST = 3 * 1024 * 1024;

/** The least that a value of a schema takes as JSON. models model/schemas.go: estimateMinSizeJSON */
function leastSize(schema: JsonSchema): number {
  if (schema['x-kubernetes-int-or-string']) return 1;
  switch (schema.type) {
    case 'boolean':
      return 4;
    case 'number':
    case 'integer':
      return 1;
    case 'object': {
      const names = schema.required ?? [];
      return 2 + names.reduce((total, name) => total + name.length + 4 + (propertyOf(schema, name) ? leastSize(propertyOf(schema, name)!) : 0), 0);
    }
    default:
      return 2;
  }
}

/** How many items of a schema fit into one request. */
export function largestCount(items: JsonSchema): number {
  return Math.floor((REQUEST - 2) / (leastSize(items) + 1));
}

/** How long a string, how big a list or map of a schema can be. */
export function largestSize(schema: JsonSchema): number {
  switch (schema.type) {
    case 'array':
      return schema.maxItems ?? (schema.items ? largestCount(schema.items) : 0);
    case 'object':
      return schema.maxProperties ?? Math.floor((REQUEST - 2) / ((valuesOf(schema) ? leastSize(valuesOf(schema)!) : 2) + 6));
    default:
      if (schema.maxLength !== undefined) return schema.maxLength * (schema.format === 'byte' ? 1 : 4) / 4;
      if (schema.enum) return Math.max(...schema.enum.map((item) => String(item).length));
      return schema.format === 'date-time' ? 30 : schema.format === 'date' ? 12 : REQUEST - 2;
  }
}

/** The most that a rule can cost, by the sizes that its schema allows. */
export function estimateCost(program: Program, schema: JsonSchema): Cost {
  const sizeOf: SizeOf = (path) => {
    const [root, ...steps] = path;
    if (root !== 'self' && root !== 'oldSelf') return undefined;
    let place: JsonSchema | undefined = schema;
    for (const step of steps) {
      if (!place) return undefined;
      if (step === '@items') place = place.items;
      else if (step === '@values') place = valuesOf(place);
      else if (step === '@keys') return REQUEST - 2;
      else place = propertyOf(place, unescapeProperty(step)) ?? valuesOf(place);
    }
    return place && largestSize(place);
  };
  return { max: estimate(program.node, program.checked.types, sizeOf) };
}
