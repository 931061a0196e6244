import { deepEqual } from '../../machinery/objects.ts';

interface Generational {
  metadata?: { generation?: number };
}

/** Kinds that count their wishes start at 1. */
export function startGeneration(object: Generational): void {
  object.metadata!.generation = 1;
}

/** One more for every changed wish; `wish` picks what counts as one (the spec, unless told). */
export function bumpGeneration<T extends Generational>(next: T, previous: Readonly<T>, wish: (object: Readonly<T>) => unknown = (object) => (object as { spec?: unknown }).spec): void {
  if (!deepEqual(wish(next), wish(previous))) next.metadata!.generation = (previous.metadata?.generation ?? 0) + 1;
}
