import { deepEqual, isRecord } from '../objects.ts';

/**
 * Orders a merged list: items that the patch names stand in the patch's order, the server's own keep theirs, and the two
 * are woven so that a server item stays before the patch item that followed it.
 *
 * ```
 *   server  a  b  c      patch order  c  x      merged {a b c x}
 *   patch items  c x · server-only  a b  →  a b c x
 * ```
 *
 * models strategicpatch: normalizeElementOrder, mergeSortedSlice
 */
export function orderElements(merged: readonly unknown[], patchOrder: readonly unknown[], serverOrder: readonly unknown[], mergeKey: string | undefined): unknown[] {
  const identity = (item: unknown): unknown => (mergeKey && isRecord(item) ? item[mergeKey] : item);
  const indexIn = (list: readonly unknown[], item: unknown): number => {
    const wanted = identity(item);
    return list.findIndex((candidate) => deepEqual(identity(candidate), wanted));
  };
  const ranked = (items: readonly unknown[], order: readonly unknown[]): unknown[] =>
    items
      .map((item) => ({ item, rank: indexIn(order, item) }))
      .sort((a, b) => (a.rank < 0 ? Infinity : a.rank) - (b.rank < 0 ? Infinity : b.rank) || 0)
      .map(({ item }) => item);
  const fromPatch = ranked(merged.filter((item) => indexIn(patchOrder, item) >= 0), patchOrder);
  const fromServer = ranked(merged.filter((item) => indexIn(patchOrder, item) < 0), serverOrder);
  const result: unknown[] = [];
  let left = 0;
  let right = 0;
  while (left < fromServer.length || right < fromPatch.length) {
    if (left >= fromServer.length) result.push(fromPatch[right++]);
    else if (right >= fromPatch.length) result.push(fromServer[left++]);
    else {
      const leftRank = indexIn(serverOrder, fromServer[left]);
      const rightRank = indexIn(serverOrder, fromPatch[right]);
      result.push(leftRank >= 0 && rightRank >= 0 && leftRank < rightRank ? fromServer[left++] : fromPatch[right++]);
    }
  }
  return result;
}
