// From the start of the app to a prompt in the terminal and a live diagram, on an empty data folder; and what all its
// processes hold in memory then.
import { main, median, now, rounded, type Figures } from './measure.ts';
import { withApp } from './window.ts';

const RUNS = 3;

main(async () => {
  const runs: Figures[] = [];
  for (let run = 0; run < RUNS; run++) {
    const startedAt = now();
    runs.push(await withApp(async ({ app }) => {
      const startMs = now() - startedAt;
      const kilobytes = await app.evaluate(({ app: electron }) => electron.getAppMetrics().map(({ type, memory }) => [type, memory.workingSetSize] as const));
      return { startMs, memoryMb: kilobytes.reduce((sum, [, size]) => sum + size, 0) / 1024, processes: kilobytes.length };
    }));
  }
  const of = (name: string): number => rounded(median(runs.map((figures) => figures[name]!)), 0);
  return { startMs: of('startMs'), memoryMb: of('memoryMb'), processes: of('processes') };
});
