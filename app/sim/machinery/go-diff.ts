/**
 * A unified diff of two texts with three lines of context and no file names.
 *
 * models github.com/pmezard/go-difflib: UnifiedDiff (the longest common block first, then what is left of it and right of it)
 */
export function unifiedDiff(before: string, after: string, context = 3): string {
  const a = before.split('\n');
  const b = after.split('\n');
  let text = '';
  for (const group of grouped(operations(a, b), context)) {
    const first = group[0]!;
    const last = group[group.length - 1]!;
    text += `@@ -${range(first.a0, last.a1)} +${range(first.b0, last.b1)} @@\n`;
    for (const { same, a0, a1, b0, b1 } of group) {
      if (same) text += a.slice(a0, a1).map((line) => ` ${line}\n`).join('');
      else text += a.slice(a0, a1).map((line) => `-${line}\n`).join('') + b.slice(b0, b1).map((line) => `+${line}\n`).join('');
    }
  }
  return text;
}

interface Operation { readonly same: boolean; readonly a0: number; readonly a1: number; readonly b0: number; readonly b1: number }

function range(from: number, to: number): string {
  const length = to - from;
  if (length === 1) return String(from + 1);
  return `${length === 0 ? from : from + 1},${length}`;
}

function operations(a: readonly string[], b: readonly string[]): Operation[] {
  const result: Operation[] = [];
  let i = 0;
  let j = 0;
  for (const [ai, bj, size] of [...matchingBlocks(a, b, 0, a.length, 0, b.length), [a.length, b.length, 0] as const]) {
    if (i < ai || j < bj) result.push({ same: false, a0: i, a1: ai, b0: j, b1: bj });
    if (size > 0) result.push({ same: true, a0: ai, a1: ai + size, b0: bj, b1: bj + size });
    i = ai + size;
    j = bj + size;
  }
  return result;
}

function matchingBlocks(a: readonly string[], b: readonly string[], aLow: number, aHigh: number, bLow: number, bHigh: number): (readonly [number, number, number])[] {
  let best: readonly [number, number, number] = [aLow, bLow, 0];
  let lengths = new Map<number, number>();
  for (let i = aLow; i < aHigh; i++) {
    const next = new Map<number, number>();
    for (let j = bLow; j < bHigh; j++) {
      if (a[i] !== b[j]) continue;
      const length = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, length);
      if (length > best[2]) best = [i - length + 1, j - length + 1, length];
    }
    lengths = next;
  }
  const [i, j, size] = best;
  if (size === 0) return [];
  return [...matchingBlocks(a, b, aLow, i, bLow, j), best, ...matchingBlocks(a, b, i + size, aHigh, j + size, bHigh)];
}

/** Changes with their neighbourhood; long stretches of equal lines part the groups. */
function grouped(all: readonly Operation[], context: number): Operation[][] {
  const groups: Operation[][] = [];
  let group: Operation[] = [];
  all.forEach((operation, index) => {
    if (!operation.same) return void group.push(operation);
    const { a0, a1, b0, b1 } = operation;
    const length = a1 - a0;
    const isFirst = index === 0;
    const isLast = index === all.length - 1;
    const head = isFirst ? 0 : Math.min(length, context);
    const tail = isLast ? 0 : Math.min(length, context);
    if (!isFirst && !isLast && length <= 2 * context) return void group.push(operation);
    if (head > 0) group.push({ same: true, a0, a1: a0 + head, b0, b1: b0 + head });
    if (!isFirst) {
      groups.push(group);
      group = [];
    }
    if (tail > 0) group.push({ same: true, a0: a1 - tail, a1, b0: b1 - tail, b1 });
  });
  if (group.some(({ same }) => !same)) groups.push(group);
  return groups.filter((candidate) => candidate.some(({ same }) => !same));
}
