// What all benchmarks share. Each is a program of its own: `main(run)` prints its figures as one JSON object, the last line.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Figures by name; the unit is in the name: `startMs`, `getPerSecond`, `rssMb`. */
export type Figures = Readonly<Record<string, number>>;

export function main(run: () => Promise<Figures>): void {
  run().then(
    (figures) => {
      process.stdout.write(`${JSON.stringify(figures)}\n`);
      process.exit(0);
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
}

export const now = (): number => performance.now();

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** Megabytes that a process holds in memory now, as the kernel counts them. Linux. */
export function rssMb(pid: number | 'self' = 'self'): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return rounded(Number(kilobytes) / 1024, 0);
}

/** Seconds of processor time that a process has used so far. Linux. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Times `body` and the longest time for which it kept the event loop from anything else. */
export async function timed<T>(body: () => Promise<T>): Promise<{ result: T; ms: number; longestStallMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const startedAt = now();
  const result = await body();
  const ms = now() - startedAt;
  delay.disable();
  return { result, ms: rounded(ms), longestStallMs: rounded(Math.max(0, delay.max / 1e6 - 5)) };
}
