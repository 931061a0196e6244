import path from 'node:path';
import { app, clipboard, nativeTheme, session, shell, type BrowserWindow } from 'electron';
import { RealClock } from '../base/clock/index.ts';
import { DisposableStore } from '../base/lifecycle/index.ts';
import type { Answer, Notice, PushChannel, Pushes, RequestChannel, Requests, Settings } from '../contracts/ipc/index.ts';
import type { FromHost } from '../hosts/protocol/messages.ts';
import { Supervisor } from '../hosts/supervisor/supervisor.ts';
import { forkHost } from './hosts/fork.ts';
import { hostConfigs } from './hosts/configs.ts';
import { pushTo, serveWindow } from './ipc/ipc.ts';
import { SettingsFile } from './settings/settings.ts';
import { setMenu } from './window/menu.ts';
import { lockDown } from './window/lock-down.ts';
import { ORIGIN } from './window/pages.ts';
import { servePages } from './window/protocol.ts';
import { createWindow } from './window/window.ts';

type Own = { readonly [C in Extract<RequestChannel, `${'app' | 'settings' | 'hosts' | 'clipboard' | 'shell'}:${string}`>]: (payload: Requests[C][0]) => Requests[C][1] | Promise<Requests[C][1]> };

/** Joins window, settings and utility processes. */
export class Application {
  readonly #root: string;
  readonly #clock = new RealClock();
  readonly #life = new DisposableStore();
  readonly #notices: Notice[] = [];
  readonly #settings: SettingsFile;
  readonly #cluster: Supervisor;
  readonly #terminal: Supervisor;
  readonly #own: Own;
  #window: BrowserWindow | undefined;
  stopped = false;

  constructor(root: string) {
    this.#root = root;
    const data = app.getPath('userData');
    this.#settings = new SettingsFile(path.join(data, 'settings.json'), (notice) => this.#notify(notice), this.#clock.now());
    const configs = hostConfigs(root, data, app.isPackaged ? process.resourcesPath : undefined);
    const file = (name: string): string => path.join(root, 'out/hosts', `${name}.mjs`);
    this.#cluster = new Supervisor({
      name: 'cluster', title: 'The cluster', clock: this.#clock, config: configs.cluster, fork: () => forkHost(file('cluster-host'), 'Orrery cluster'),
      afterRestart: 'It is a fresh one: what was in it is gone. Your files, your terminal and your progress are kept.',
    });
    this.#terminal = new Supervisor({
      name: 'terminal', title: 'The terminal', clock: this.#clock, config: configs.terminal, fork: () => forkHost(file('pty-host'), 'Orrery terminal'),
      afterRestart: 'Its shells start anew. The cluster and your files are as they were.',
    });
    this.#own = this.#ownHandlers();
  }

  start(): void {
    servePages(path.join(this.#root, 'out/renderer'));
    lockDown(app, session.defaultSession);
    setMenu(() => this.#window);
    for (const supervisor of [this.#cluster, this.#terminal]) {
      this.#life.add(supervisor.onPush((message) => this.#forward(message)));
      this.#life.add(supervisor.onNotice((notice) => this.#notify(notice)));
      this.#life.add(supervisor.onDidChange(() => this.#push('hosts:changed', [this.#cluster.state, this.#terminal.state])));
    }
    this.#cluster.start();
    app.on('accessibility-support-changed', (_event, enabled) => this.#push('app:screen-reader', enabled));
    serveWindow(ORIGIN, (channel, payload) => this.#handle(channel, payload));
    this.openWindow();
  }

  openWindow(): void {
    const window = (this.#window = createWindow(path.join(this.#root, 'out/preload/preload.cjs'), this.#settings.value.theme));
    window.on('closed', () => (this.#window = undefined));
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason === 'clean-exit' || this.stopped) return;
      this.#notify({ id: 'window-gone', severity: 'warning', title: 'The window was loaded anew', message: `Its process ended (${reason}). Terminals and cluster went on.` });
      window.webContents.reload();
    });
    // Everything waits for the cluster, and the shell comes last: its process starts when the first page stands.
    window.webContents.once('dom-ready', () => this.#terminal.state.state === 'starting' && this.#terminal.start());
  }

  focus(): void {
    if (!this.#window) return this.openWindow();
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.focus();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([this.#cluster.stop(), this.#terminal.stop()]);
    this.#life.dispose();
  }

  async #handle(channel: RequestChannel, payload: unknown): Promise<Answer<unknown>> {
    if (channel.startsWith('terminal:')) return this.#terminal.request(channel, payload);
    if (/^(clusters?|trace|time|lab):/.test(channel)) return this.#cluster.request(channel, payload);
    const handler = this.#own[channel as keyof Own] as (payload: unknown) => unknown;
    return { ok: true, value: await handler(payload) };
  }

  #ownHandlers(): Own {
    return {
      'app:info': () => ({ version: app.getVersion(), platform: process.platform, electron: process.versions['electron'] ?? '', kubernetes: 'v1.36', screenReader: app.isAccessibilitySupportEnabled() }),
      'app:notices': () => this.#notices,
      'settings:get': () => this.#settings.value,
      'settings:set': (part) => this.#change(part),
      'hosts:state': () => [this.#cluster.state, this.#terminal.state],
      'clipboard:write': ({ text }) => clipboard.writeText(text),
      'clipboard:read': () => clipboard.readText(),
      'shell:openExternal': ({ url }) => shell.openExternal(url),
    };
  }

  #change(part: Partial<Settings>): Settings {
    const settings = this.#settings.change(part);
    nativeTheme.themeSource = settings.theme;
    this.#push('settings:changed', settings);
    return settings;
  }

  #forward(message: Extract<FromHost, { type: 'push' }>): void {
    if (message.channel === 'notice') this.#notify(message.value);
    else this.#push(message.channel, message.value as never);
  }

  #notify(notice: Notice): void {
    this.#notices.push(notice);
    if (this.#notices.length > 50) this.#notices.shift();
    this.#push('notice', notice);
  }

  #push<C extends PushChannel>(channel: C, value: Pushes[C]): void {
    pushTo(this.#window?.webContents, channel, value);
  }
}
