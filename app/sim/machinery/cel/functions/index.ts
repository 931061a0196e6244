import { CelError, Opaque } from '../values.ts';
import { CONVERSIONS, TIME_MEMBERS } from './conversions.ts';
import { LIST_MEMBERS, SET_FUNCTIONS } from './lists.ts';
import { NETWORK_FUNCTIONS } from './network.ts';
import { NUMBER_FUNCTIONS } from './numbers.ts';
import { OPTIONAL_FUNCTIONS, OPTIONAL_MEMBERS } from './optionals.ts';
import { STRING_FUNCTIONS, STRING_MEMBERS } from './strings.ts';
import { TEXT_FORMATS } from './text-formats.ts';

/** A function of CEL: the arguments were checked as far as they are declared, and may be anything where they are dyn. */
export type CelFunction = (...args: any[]) => unknown;

const FUNCTIONS: Readonly<Record<string, CelFunction>> = { ...CONVERSIONS, ...STRING_FUNCTIONS, ...SET_FUNCTIONS, ...NETWORK_FUNCTIONS, ...NUMBER_FUNCTIONS, ...OPTIONAL_FUNCTIONS, ...TEXT_FORMATS };
const MEMBERS: readonly Readonly<Record<string, CelFunction>>[] = [STRING_MEMBERS, LIST_MEMBERS, TIME_MEMBERS, OPTIONAL_MEMBERS];

/** Values of a library bring their functions along. */
export abstract class Library extends Opaque {
  abstract member(name: string, args: readonly unknown[]): unknown;
}

export function callFunction(name: string, args: readonly unknown[]): unknown {
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!found) throw new CelError(`no such function: ${name}`);
  return found(...args);
}

export function callMember(name: string, target: unknown, args: readonly unknown[], _now: () => number): unknown {
  if (target instanceof Opaque && 'member' in target) return (target as Library).member(name, args);
  for (const members of MEMBERS) {
    if (!Object.hasOwn(members, name)) continue;
    const result = members[name]!(target, ...args);
    if (result !== undefined) return result;
  }
  throw new CelError('no such overload');
}
