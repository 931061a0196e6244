// `npm run cluster`: the simulated cluster alone, in the foreground. Prints one JSON line when nodes are Ready; SIGTERM and
// SIGINT stop it cleanly.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { OrreryError, toErrorData } from '../base/errors/index.ts';
import { ADDON_NAMES, chosenAddons } from '../sim/addons/index.ts';
import { SimCluster } from '../sim/sim-cluster.ts';

const USAGE = `npm run cluster -- [options]

  --kubeconfig FILE   where to write the kubeconfig (default: a new private folder)
  --nodes N           workers beside the one control-plane node (default 2)
  --speed X           how many times faster than real time the cluster lives (default 1)
  --port P            port of the API server on 127.0.0.1 (default: any free one)
  --seed S            the same seed gives the same names and choices (default 1)
  --addons LIST       all, none, or a list of dns, metrics, storage, gateway, kube-proxy, kindnet (default all, with the imaginary cloud)
  --data-dir DIR      not built yet: the cluster lives in memory
`;

interface Settings {
  readonly kubeconfig: string | undefined;
  readonly nodes: number;
  readonly speed: number;
  readonly port: number;
  readonly seed: number;
  readonly addons: readonly string[];
}

/** Reads and checks the flags. Throws an OrreryError that says which one is wrong. */
export function readSettings(argv: readonly string[]): Settings | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      kubeconfig: { type: 'string' }, nodes: { type: 'string', default: '2' }, speed: { type: 'string', default: '1' }, port: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' }, addons: { type: 'string', default: 'all' }, 'data-dir': { type: 'string' }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const number = (name: 'nodes' | 'speed' | 'port' | 'seed', least: number, most: number, whole = true): number => {
    const value = Number(values[name]);
    if (values[name]?.trim() !== '' && value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
    throw new OrreryError('bad-flag', `--${name} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not ${values[name]}.`, { remedy: 'Run with --help to see all flags.' });
  };
  if (values['data-dir'] !== undefined) throw new OrreryError('not-built', '--data-dir is not built yet: the cluster lives in memory only.', { remedy: 'Leave the flag out.' });
  const addons = values.addons.split(',').map((name) => name.trim()).filter((name) => name !== '' && name !== 'none');
  const unknown = addons.find((name) => name !== 'all' && !ADDON_NAMES.some((known) => known === name));
  if (unknown !== undefined) throw new OrreryError('bad-flag', `--addons does not know ${unknown}.`, { remedy: `Use all, none, or a list of ${ADDON_NAMES.join(', ')}.` });
  const missing = addons.filter((name) => name !== 'all' && name !== 'storage' && chosenAddons([name]).length === 0);
  if (missing.length > 0) process.stderr.write(`warning: not built yet, the cluster runs without: ${missing.join(', ')}\n`);
  return { kubeconfig: values.kubeconfig, nodes: number('nodes', 0, 1_000), speed: number('speed', 0.001, 10_000, false), port: number('port', 0, 65_535), seed: number('seed', 0, 2 ** 31 - 1), addons };
}

async function main(): Promise<void> {
  const startedAt = Date.now() - process.uptime() * 1000;
  const settings = readSettings(process.argv.slice(2));
  if (settings === 'help') return void process.stdout.write(USAGE);
  const folder = settings.kubeconfig ? undefined : mkdtempSync(path.join(tmpdir(), 'orrery-'));
  const file = path.resolve(settings.kubeconfig ?? path.join(folder!, 'kubeconfig'));
  const cluster = await SimCluster.create({ workers: settings.nodes, seed: settings.seed, speed: settings.speed, startAt: Date.now(), addons: settings.addons, cloud: settings.addons.includes('all'), storage: settings.addons.some((name) => name === 'all' || name === 'storage') });
  const { server, kubeconfig } = await listen(cluster, settings.port);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, kubeconfig, { mode: 0o600 });
  chmodSync(file, 0o600);
  await cluster.whenReady();
  process.stdout.write(`${JSON.stringify({ ready: true, server, kubeconfig: file, startMs: Math.round(Date.now() - startedAt) })}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  await cluster.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
}

async function listen(cluster: SimCluster, port: number): Promise<{ server: string; kubeconfig: string }> {
  try {
    return await cluster.listen('127.0.0.1', port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new OrreryError('port-taken', `Port ${port} is taken by another program.`, { remedy: 'Choose another with --port, or leave it out to get a free one.', cause: error });
  }
}

/** True when this file is the program, not a module of a test. */
if (process.env['ORRERY_HEADLESS'] === '1') {
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      const { code, message, remedy, stack } = toErrorData(error);
      process.stderr.write(`error: ${message}${remedy ? `\n${remedy}` : ''}\n${code === 'unexpected' ? `${stack}\n` : ''}`);
      process.exit(1);
    },
  );
}
