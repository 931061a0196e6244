// Golden traces: each *.scenario file holds commands, a line of dashes, and the trace they leave.
// UPDATE_SCENARIOS=1 writes the traces anew.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SimCluster } from '../sim-cluster.ts';
import { playScenario } from './scenario.ts';

const folder = import.meta.dirname;
const files = readdirSync(folder).filter((name) => name.endsWith('.scenario'));

describe('scenarios', () => {
  it.each(files)('%s', async (name) => {
    const file = path.join(folder, name);
    const [head = '', golden = ''] = readFileSync(file, 'utf8').split('\n---\n');
    const lines = head.split('\n').filter((line) => line !== '');
    const cluster = await SimCluster.create({ workers: 2, seed: 1, speed: 1, startAt: Date.UTC(2026, 0, 1), paused: true });
    await cluster.clock.advance(3_000);
    const trace = await playScenario(lines.filter((line) => !line.startsWith('#')), cluster);
    await cluster.close();
    await new Promise((resolve) => setImmediate(resolve));
    if (process.env['UPDATE_SCENARIOS']) writeFileSync(file, `${head}\n---\n${trace.join('\n')}\n`);
    else expect(trace).toEqual(golden.trimEnd().split('\n'));
    expect(trace.length).toBeGreaterThan(3);
  });
});
