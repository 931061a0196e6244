import type { AppInfo, ClusterSnapshot, HostState, Notice, Settings, TimeView } from '../../app/contracts/ipc/index.ts';
import type { ChapterSummary, ChapterView } from '../../app/contracts/lab/index.ts';
import type { Bridge } from '../bridge/bridge.ts';
import { TraceState } from './trace.svelte.ts';

const EMPTY: ClusterSnapshot = { provider: 'sim', state: 'starting', message: 'Starting the cluster', version: '', revision: 0, nodes: [], pods: [], services: [], parts: [] };

/** What the window shows, kept current by the application's pushes. Components read it and call its verbs. */
export class AppState {
  readonly bridge: Bridge;
  readonly trace = new TraceState();
  info = $state<AppInfo>();
  settings = $state<Settings>({ theme: 'system', chapter: undefined, terminalFontSize: 13, layout: {} });
  hosts = $state.raw<readonly HostState[]>([]);
  cluster = $state.raw<ClusterSnapshot>(EMPTY);
  time = $state.raw<TimeView>({ now: 0, paused: false, speed: 1 });
  /** When `time` was received, on the window's own clock. */
  timeAt = $state(0);
  notices = $state.raw<readonly Notice[]>([]);
  chapters = $state.raw<readonly ChapterSummary[]>([]);
  chapter = $state.raw<ChapterView>();
  chapterProblem = $state<string>();
  selected = $state<string>();
  /** Parts that the chapter's text points at. */
  focused = $state.raw<readonly string[]>([]);
  /** A command that the learner asked to have typed. */
  typed = $state.raw<{ readonly text: string; readonly count: number }>({ text: '', count: 0 });
  /** Terminals on machines and in containers beside the learner's own, `node/worker-1`, and the one in front. */
  places = $state.raw<readonly string[]>([]);
  place = $state<string>();
  screenReader = $state(false);
  ready = $state(false);

  /** How often the cluster's process had been restarted when this window last read all it shows. */
  #loaded = 0;

  constructor(bridge: Bridge) {
    this.bridge = bridge;
  }

  async start(): Promise<void> {
    const { bridge } = this;
    bridge.on('cluster:changed', (snapshot) => (this.cluster = snapshot));
    bridge.on('trace:events', (events) => this.trace.append(events));
    bridge.on('time:changed', (time) => this.#setTime(time));
    bridge.on('lab:changed', (view) => this.#setChapter(view));
    bridge.on('hosts:changed', (hosts) => this.#hostsChanged(hosts));
    bridge.on('notice', (notice) => this.tell(notice));
    bridge.on('app:screen-reader', (is) => (this.screenReader = is));
    bridge.on('settings:changed', (settings) => this.#apply(settings));
    this.#apply(await bridge.request('settings:get'));
    this.info = await bridge.request('app:info');
    this.screenReader = this.info.screenReader;
    this.hosts = await bridge.request('hosts:state');
    const cluster = this.hosts.find(({ name }) => name === 'cluster');
    // While it is away, what is asked now is refused: the next process is to be asked again.
    this.#loaded = (cluster?.restarts ?? 0) - (cluster?.state === 'restarting' ? 1 : 0);
    for (const notice of await bridge.request('app:notices')) this.tell(notice);
    this.ready = true;
    await this.#load();
  }

  async openChapter(id: string): Promise<void> {
    this.chapterProblem = undefined;
    await this.attempt(
      async () => {
        const view = await this.bridge.request('lab:open', { chapter: id });
        // Each chapter begins with the learner's own shell.
        if (view.id !== this.chapter?.id) await Promise.all(this.places.map((place) => this.closePlace(place)));
        this.#setChapter(view);
        if (this.settings.chapter !== id) await this.change({ chapter: id });
      },
      (message) => {
        if (this.chapter) this.tell({ id: 'chapter', severity: 'warning', title: 'The chapter could not be opened', message });
        else this.chapterProblem = message;
      },
    );
  }

  /** Runs a verb of the labs and shows what it answers. */
  async lab(verb: () => Promise<ChapterView>): Promise<void> {
    await this.attempt(async () => this.#setChapter(await verb()));
  }

  /** Shows another cluster in the diagram. @throws why it cannot be shown */
  async view(id: string): Promise<void> {
    await this.bridge.request('clusters:view', { id });
    this.selected = undefined;
    this.trace.clear();
    this.cluster = await this.bridge.request('cluster:snapshot');
    this.trace.append(await this.bridge.request('trace:since', { seq: 1 }), true);
  }

  async power(id: string, on: boolean): Promise<void> {
    await this.attempt(() => this.bridge.request('cluster:power', { id, on }));
  }

  async setTime(change: { paused?: boolean; speed?: number }): Promise<void> {
    await this.attempt(async () => this.#setTime(await this.bridge.request('time:set', change)));
  }

  async step(): Promise<void> {
    await this.attempt(async () => this.#setTime(await this.bridge.request('time:step')));
  }

  async change(part: Partial<Settings>): Promise<void> {
    await this.attempt(async () => this.#apply(await this.bridge.request('settings:set', $state.snapshot(part) as Partial<Settings>)));
  }

  /** A terminal there, in front; one that is open is not opened twice. */
  openPlace(place: string): void {
    if (!this.places.includes(place)) this.places = [...this.places, place];
    this.place = place;
  }

  async closePlace(place: string): Promise<void> {
    const at = this.places.indexOf(place);
    this.places = this.places.filter((one) => one !== place);
    if (this.place === place) this.place = this.places[at - 1];
    if (this.chapter) await this.bridge.request('terminal:close', { id: `${this.chapter.id}@${place}` }).catch(() => {});
  }

  /** Puts a command on the learner's prompt, without Enter. */
  type(text: string): void {
    this.place = undefined;
    this.typed = { text, count: this.typed.count + 1 };
  }

  tell(notice: Notice): void {
    this.notices = [...this.notices.filter(({ id }) => id !== notice.id), notice].slice(-3);
  }

  dismiss(id: string): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }

  /** A refusal becomes a notice, never silence. */
  async attempt(action: () => Promise<void>, otherwise?: (message: string) => void): Promise<void> {
    try {
      await action();
    } catch (error) {
      const { message, remedy } = error as { message: string; remedy?: string };
      if (otherwise) otherwise(remedy ? `${message} ${remedy}` : message);
      else this.tell({ id: 'request', severity: 'warning', title: 'That did not work', message, ...(remedy ? { remedy } : {}) });
    }
  }

  /** Virtual time as it runs on between two messages. */
  nowAt(real: number): number {
    return this.time.paused ? this.time.now : this.time.now + (real - this.timeAt) * this.time.speed;
  }

  async #load(): Promise<void> {
    await this.attempt(async () => {
      this.chapters = await this.bridge.request('lab:chapters');
      this.cluster = await this.bridge.request('cluster:snapshot');
      this.#setTime(await this.bridge.request('time:state'));
      this.trace.append(await this.bridge.request('trace:since', { seq: this.trace.last + 1 }), true);
    });
    const wanted = this.chapters.find(({ id }) => id === this.settings.chapter) ?? this.chapters.find(({ stepsDone, stepsTotal }) => stepsDone < stepsTotal) ?? this.chapters[0];
    if (wanted) await this.openChapter(wanted.id);
  }

  #hostsChanged(hosts: readonly HostState[]): void {
    this.hosts = hosts;
    const { state: is, restarts = 0 } = hosts.find(({ name }) => name === 'cluster') ?? {};
    if (is !== 'running') this.cluster = { ...this.cluster, state: is === 'failed' ? 'failed' : 'starting', message: is === 'failed' ? 'The cluster keeps stopping' : 'Starting the cluster' };
    // What was asked of the first process waits for it; a later one knows nothing of that.
    if (this.ready && is === 'running' && restarts > this.#loaded) {
      this.#loaded = restarts;
      this.trace.clear();
      void this.#load();
    }
  }

  #setChapter(view: ChapterView): void {
    this.chapter = view;
    this.chapters = this.chapters.map((summary) => (summary.id === view.id ? { ...summary, stepsDone: view.stepsDone, stepsTotal: view.stepsTotal } : summary));
  }

  #setTime(time: TimeView): void {
    this.time = time;
    this.timeAt = performance.now();
  }

  #apply(settings: Settings): void {
    this.settings = settings;
    const dark = settings.theme === 'dark' || (settings.theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  }
}
