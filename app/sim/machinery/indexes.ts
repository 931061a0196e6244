/** `0,2-4` as intervals: how Jobs write down completion indexes. */
export type Interval = readonly [first: number, last: number];

/**
 * Reads intervals, strictly: ascending, without overlap, below `completions`.
 *
 * models pkg/apis/batch/validation: validateIndexesFormat, with its messages
 */
export function parseIndexes(text: string, completions: number): Interval[] {
  if (text === '') return [];
  const intervals: Interval[] = [];
  for (const part of text.split(',')) {
    const limits = part.split('-');
    if (limits.length > 2) throw new RangeError(`the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`);
    const first = parseIndex(limits[0]!);
    const last = limits[1] === undefined ? first : parseIndex(limits[1]);
    const previous = intervals.at(-1)?.[1];
    if (previous !== undefined && previous >= first) throw new RangeError(`non-increasing order, previous: ${previous}, current: ${first}`);
    if (limits[1] !== undefined && first >= last) throw new RangeError(`non-increasing order, previous: ${first}, current: ${last}`);
    for (const limit of [first, last]) if (limit >= completions) throw new RangeError(`too large index: ${JSON.stringify(String(limit))}`);
    intervals.push([first, last]);
  }
  return intervals;
}

function parseIndex(text: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  return Number(text);
}

/** Sorted indexes as text, three and more in a row as `2-4`, two as `2,3`. models job/indexed_job_utils.go: orderedIntervals.String */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...new Set(indexes)].sort((a, b) => a - b);
  const intervals: [number, number][] = [];
  for (const index of sorted) {
    const last = intervals.at(-1);
    if (last && last[1] + 1 === index) last[1] = index;
    else intervals.push([index, index]);
  }
  return intervals.map(([first, last]) => (first === last ? String(first) : last === first + 1 ? `${first},${last}` : `${first}-${last}`)).join(',');
}

/** Reads what the controller wrote; what is not understood is left out. models parseIndexesFromString */
export function readIndexes(text: string | undefined, completions: number): Set<number> {
  const found = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const [first, last = first] = part.split('-').map(Number);
    if (part === '' || first === undefined || Number.isNaN(first) || Number.isNaN(last)) continue;
    for (let index = first; index <= Math.min(last!, completions - 1); index++) found.add(index);
  }
  return found;
}
