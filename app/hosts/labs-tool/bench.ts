import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawn } from '@lydell/node-pty';
import { RealClock, SeededRandom } from '../../base/clock/index.ts';
import type { Chapter, StepView } from '../../contracts/lab/index.ts';
import { LabEngine } from '../../lab-engine/lab-engine.ts';
import { fill, type LoadedChapter } from '../../lab-engine/loader/loader.ts';
import { SimProvider } from '../../sim/sim-provider.ts';
import { socketPath, type TerminalFolders } from '../../terminal/environment.ts';
import { TerminalSessions } from '../../terminal/sessions.ts';
import { serveLabCommand } from '../cluster-host/lab-command.ts';

const PATIENCE_MS = 30_000;

/** A cluster, the labs and a shell, joined as the app joins them, for proving chapters. */
export class Bench {
  readonly clock = new RealClock();
  readonly folder = mkdtempSync(path.join(tmpdir(), 'orrery-labs-'));
  readonly cluster = new SimProvider({ kubeconfigPath: path.join(this.folder, 'kubeconfig'), workers: 2, seed: 1, clock: this.clock });
  readonly #tools: Pick<TerminalFolders, 'tools' | 'labCommand' | 'runtime'>;
  readonly #terminals: TerminalSessions;
  labs!: LabEngine;
  #server: { close(): void } | undefined;
  #output = '';
  #workspace = '';
  #prompts = 0;
  #seen: ((data: string) => void) | undefined;
  #ended: (() => void) | undefined;

  constructor(tools: Pick<TerminalFolders, 'tools' | 'labCommand' | 'runtime'>) {
    this.#tools = tools;
    this.#terminals = new TerminalSessions({
      folders: { data: this.folder, ...this.#tools }, workspaces: path.join(this.folder, 'workspaces'), environment: { PATH: process.env['PATH'], HOME: this.folder, SHELL: '/bin/bash' }, platform: process.platform, clock: this.clock, spawn,
      onData: (_id, data) => {
        this.#output += data;
        this.#seen?.(data);
      },
      onExit: () => this.#ended?.(),
    });
  }

  async start(): Promise<void> {
    await this.cluster.start({ report() {} }, new AbortController().signal);
    this.#server = await serveLabCommand(socketPath(this.folder, process.platform), this.cluster);
  }

  /** A fresh cluster, an empty progress, a new shell in the chapter's workspace, and all of the chapter's set-up Running. */
  async open(loaded: LoadedChapter, size = { columns: 200, rows: 50 }): Promise<{ chapter: Chapter; vars: Readonly<Record<string, string>> }> {
    this.labs?.dispose();
    this.#terminals.close(this.#workspace);
    rmSync(path.join(this.folder, 'progress.json'), { force: true });
    rmSync(path.join(this.folder, 'progress.json.bak'), { force: true });
    rmSync(path.join(this.folder, 'workspaces'), { recursive: true, force: true });
    await this.cluster.reset(new AbortController().signal);
    this.labs = new LabEngine({ cluster: this.cluster, chapters: [loaded], workspaces: path.join(this.folder, 'workspaces'), progressFile: path.join(this.folder, 'progress.json'), clock: this.clock, random: new SeededRandom(7), notify: () => {} });
    const { setup } = await this.labs.open(loaded.chapter.id);
    if (setup.state !== 'ready') throw new Error(`set-up failed: ${setup.message}`);
    await this.#settled();
    this.#workspace = loaded.chapter.id;
    this.#output = '';
    this.#terminals.open(this.#workspace, size.columns, size.rows);
    const vars = Object.fromEntries(Object.entries(loaded.chapter.vars).map(([name, { pick }]) => [name, pick[0]!]));
    const progress = await import('node:fs').then(({ readFileSync }) => JSON.parse(readFileSync(path.join(this.folder, 'progress.json'), 'utf8')) as { chapters: Record<string, { vars: Record<string, string> }> });
    const chosen = { ...vars, ...progress.chapters[loaded.chapter.id]?.vars };
    this.#prompts = 0;
    return { chapter: fill(loaded.chapter, chosen), vars: chosen };
  }

  /** Types one line and waits until the shell is done with it. */
  async type(line: string): Promise<void> {
    const mark = `done-${++this.#prompts}`;
    this.#terminals.get(this.#workspace).write(`${line}\necho ${mark.replace('-', "'-'")}\n`);
    if (!(await this.eventually(async () => this.#output.includes(mark)))) throw new Error(`${line} does not come back:\n${this.screen()}`);
  }

  /** For a person at the keys: what is typed goes to the shell as it is. */
  write(text: string): void {
    this.#terminals.get(this.#workspace).write(text);
  }

  /** Hands on what the shell prints, until it ends. */
  async untilShellEnds(seen: (data: string) => void): Promise<void> {
    seen(this.#output);
    this.#seen = seen;
    await new Promise<void>((resolve) => (this.#ended = resolve));
  }

  /** The end of what the shell printed. */
  screen(): string {
    return this.#output.slice(-1_500);
  }

  async untilDone(chapter: string, step: string): Promise<StepView> {
    const look = async (): Promise<StepView> => (await this.labs.check(chapter)).steps.find(({ id }) => id === step)!;
    await this.eventually(async () => (await look()).state === 'done');
    return look();
  }

  async eventually(isTrue: () => Promise<boolean>, patience = PATIENCE_MS): Promise<boolean> {
    for (const end = this.clock.now() + patience; this.clock.now() < end; await this.clock.sleep(200)) if (await isTrue()) return true;
    return false;
  }

  async dispose(): Promise<void> {
    this.labs?.dispose();
    await this.#terminals.end();
    this.#server?.close();
    await this.cluster[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What the set-up made runs: a check that is given can be looked at. */
  async #settled(): Promise<void> {
    await this.eventually(async () => {
      const { items } = await this.cluster.client.list<{ status?: { phase?: string } }>({ group: '', version: 'v1', resource: 'pods' });
      return items.every(({ status }) => status?.phase === 'Running' || status?.phase === 'Succeeded');
    });
  }
}
