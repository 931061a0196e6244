/** `500ms`, `10s`, `5m` → milliseconds. */
export function milliseconds(text: string): number {
  const [, figure, unit] = /^(\d+)(ms|s|m)$/.exec(text)!;
  return Number(figure) * { ms: 1, s: 1_000, m: 60_000 }[unit as 'ms' | 's' | 'm'];
}
