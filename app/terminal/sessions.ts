import { readFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../base/clock/index.ts';
import { OrreryError } from '../base/errors/index.ts';
import { writeWhole } from '../base/files/index.ts';
import { folderWithin } from '../base/files/within.ts';
import type { Disposable } from '../base/lifecycle/index.ts';
import type { TerminalView } from '../contracts/ipc/index.ts';
import { launchAt, prepareLaunch, type Launch, type TerminalFolders } from './environment.ts';
import { TerminalSession, type Spawn } from './session.ts';
import { findShell, type Shell } from './shell.ts';

export interface SessionsOptions {
  readonly folders: TerminalFolders;
  /** One folder a workspace is made below this. */
  readonly workspaces: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly clock: Clock;
  readonly spawn: Spawn;
  readonly onData: (id: string, data: string) => void;
  readonly onExit: (id: string, exitCode: number) => void;
}

/** All terminals: one shell a workspace, and one for each place of the cluster in it; opened once and joined again after. */
export class TerminalSessions implements Disposable {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, TerminalSession>();
  #launch: { shell: Shell; launch: Launch } | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** @param place `node/NAME` or `pod/NAMESPACE/NAME/CONTAINER`: a shell there, not the learner's own */
  open(workspace: string, columns: number, rows: number, place?: string): TerminalView {
    const id = place === undefined ? workspace : `${workspace}@${place}`;
    const open = this.#sessions.get(id);
    if (open && !open.ended) {
      const replay = open.rejoin();
      open.resize(columns, rows);
      return { id: open.id, shell: open.shell, replay };
    }
    const { shell, launch: own } = (this.#launch ??= this.#prepare());
    const launch = place === undefined ? own : launchAt(place, own);
    const cwd = folderWithin(this.#options.workspaces, workspace);
    const session = new TerminalSession({ id, shell: shell.name, clock: this.#options.clock, pty: this.#spawn(launch, cwd, columns, rows) });
    this.#sessions.set(id, session);
    session.onData((data) => this.#options.onData(session.id, data));
    session.onExit((code) => this.#options.onExit(session.id, code));
    return { id: session.id, shell: shell.name, replay: '', ...(shell.remark && place === undefined ? { remark: shell.remark } : {}) };
  }

  get(id: string): TerminalSession {
    const session = this.#sessions.get(id);
    if (session) return session;
    throw new OrreryError('no-terminal', `There is no terminal ${id}.`, { remedy: 'Open it again.' });
  }

  close(id: string): void {
    this.#sessions.get(id)?.dispose();
    this.#sessions.delete(id);
  }

  /** Ends all shells and waits until each is gone: node-pty must not be torn down under a living one. */
  async end(limitMs = 1_500): Promise<void> {
    const sessions = [...this.#sessions.values()].filter(({ ended }) => !ended);
    const gone = Promise.all(sessions.map((session) => session.end()));
    await Promise.race([gone, this.#options.clock.sleep(limitMs)]);
    this.dispose();
  }

  /** kubectl's own completion for the learner's shell, kept beside the tools so that a prompt need not wait for it. */
  async prepare(): Promise<void> {
    const { folders } = this.#options;
    const { name } = (this.#launch ??= this.#prepare()).shell;
    if (name !== 'bash' && name !== 'zsh') return;
    const file = path.join(folders.data, 'shell/completion', `kubectl.${name}`);
    if ((await readFile(file, 'utf8').catch(() => '')) !== '') return;
    const { stdout } = await promisify(execFile)(path.join(folders.tools, 'kubectl'), ['completion', name], { maxBuffer: 4_000_000 });
    writeWhole(file, stdout);
  }

  dispose(): void {
    for (const session of this.#sessions.values()) session.dispose();
    this.#sessions.clear();
  }

  #prepare(): { shell: Shell; launch: Launch } {
    const { environment, platform, folders } = this.#options;
    const shell = findShell(environment, platform);
    return { shell, launch: prepareLaunch(shell, folders, environment) };
  }

  #spawn(launch: Launch, cwd: string, columns: number, rows: number): ReturnType<Spawn> {
    try {
      return this.#options.spawn(launch.file, [...launch.args], { name: 'xterm-256color', cols: columns, rows, cwd, env: { ...launch.environment } });
    } catch (error) {
      throw new OrreryError('no-shell', `${launch.file} could not be started: ${error instanceof Error ? error.message : String(error)}`, { remedy: 'Set SHELL to a shell that works and start Orrery again.', cause: error });
    }
  }
}
