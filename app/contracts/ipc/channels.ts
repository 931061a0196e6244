import type { ClusterId, ClusterProgress, ClustersView } from './clusters.ts';
import type { ErrorData } from './errors.ts';
import type { ClusterSnapshot } from './map.ts';
import type { ChapterSummary, ChapterView } from '../lab/index.ts';
import type { TraceEvent } from '../trace/index.ts';

export type Theme = 'light' | 'dark' | 'system';

export interface Settings {
  readonly theme: Theme;
  readonly chapter: string | undefined;
  readonly terminalFontSize: number;
  /** Pane sizes in percent by pane group, written by the window. */
  readonly layout: Readonly<Record<string, readonly number[]>>;
}

export interface AppInfo {
  readonly version: string;
  readonly platform: string;
  readonly electron: string;
  readonly kubernetes: string;
  /** A screen reader listens: the terminal speaks too. */
  readonly screenReader: boolean;
}

/** A thing the window should tell: something went wrong or was mended. */
export interface Notice {
  readonly id: string;
  readonly severity: 'info' | 'warning' | 'error';
  readonly title: string;
  readonly message: string;
  /** What to do. */
  readonly remedy?: string;
}

export interface HostState {
  readonly name: 'cluster' | 'terminal';
  readonly state: 'starting' | 'running' | 'restarting' | 'failed';
  readonly restarts: number;
}

export interface TimeView {
  readonly now: number;
  readonly paused: boolean;
  readonly speed: number;
}

export interface InspectionView {
  readonly id: string;
  readonly running: boolean;
  readonly now: string;
  readonly facts: readonly { readonly name: string; readonly value: string | number }[];
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface TerminalView {
  readonly id: string;
  /** The shell's file name: `bash`. */
  readonly shell: string;
  readonly replay: string;
  /** Set when the learner's own shell could not be started and another took its place. */
  readonly remark?: string;
}

/**
 * Everything the window may ask of the application: channel → [request, answer]. The preload script, the handlers in
 * `app/main/ipc` and the window's bridge derive from this one map; validators stand in `requests.ts`.
 */
export interface Requests {
  'app:info': [void, AppInfo];
  'app:notices': [void, readonly Notice[]];
  'settings:get': [void, Settings];
  'settings:set': [Partial<Settings>, Settings];
  'hosts:state': [void, readonly HostState[]];

  'cluster:snapshot': [void, ClusterSnapshot];
  'cluster:reset': [void, void];
  'cluster:power': [{ readonly id: string; readonly on: boolean }, void];
  'cluster:inspect': [{ readonly id: string }, InspectionView];
  'clusters:list': [void, ClustersView];
  /** Shows another cluster in the diagram. Terminal and chapter stay with the simulated one. */
  'clusters:view': [{ readonly id: ClusterId }, void];
  'clusters:make': [{ readonly name: string; readonly workers: number }, void];
  'clusters:cancel': [{ readonly name: string }, void];
  'clusters:power': [{ readonly name: string; readonly on: boolean }, void];
  'clusters:delete': [{ readonly name: string }, void];
  'trace:since': [{ readonly seq: number }, readonly TraceEvent[]];
  'time:state': [void, TimeView];
  'time:set': [{ readonly paused?: boolean; readonly speed?: number }, TimeView];
  'time:step': [void, TimeView];

  /**
   * Opens the terminal of a chapter's workspace, or joins the one that is open: then `replay` paints what was on screen.
   * `place`: a shell there instead of the learner's own: `node/NAME` or `pod/NAMESPACE/NAME/CONTAINER`.
   */
  'terminal:open': [{ readonly workspace: string; readonly place?: string; readonly columns: number; readonly rows: number }, TerminalView];
  'terminal:write': [{ readonly id: string; readonly data: string }, void];
  /** The window has drawn so many characters; a shell that floods waits for this. */
  'terminal:drawn': [{ readonly id: string; readonly count: number }, void];
  'terminal:resize': [{ readonly id: string; readonly columns: number; readonly rows: number }, void];
  'terminal:close': [{ readonly id: string }, void];

  'lab:chapters': [void, readonly ChapterSummary[]];
  'lab:open': [{ readonly chapter: string }, ChapterView];
  'lab:check': [{ readonly chapter: string; readonly step: string }, ChapterView];
  'lab:hint': [{ readonly chapter: string; readonly step: string }, ChapterView];
  'lab:solution': [{ readonly chapter: string; readonly step: string }, ChapterView];
  'lab:skip': [{ readonly chapter: string; readonly step: string }, ChapterView];
  'lab:answer': [{ readonly chapter: string; readonly step: string; readonly answer: string | readonly string[] }, ChapterView];
  'lab:quiz': [{ readonly chapter: string; readonly index: number; readonly answer: string }, ChapterView];
  'lab:predict': [{ readonly chapter: string; readonly id: string; readonly text: string }, ChapterView];
  'lab:reset': [{ readonly chapter: string; readonly step?: string }, ChapterView];

  'clipboard:write': [{ readonly text: string }, void];
  'clipboard:read': [void, string];
  'shell:openExternal': [{ readonly url: string }, void];
}

/** What the application tells the window unasked. */
export interface Pushes {
  'cluster:changed': ClusterSnapshot;
  /** In order, batched about every 50 ms. */
  'clusters:progress': ClusterProgress;
  'trace:events': readonly TraceEvent[];
  'time:changed': TimeView;
  'terminal:data': { readonly id: string; readonly data: string };
  'terminal:exit': { readonly id: string; readonly exitCode: number };
  'lab:changed': ChapterView;
  'hosts:changed': readonly HostState[];
  'notice': Notice;
  'settings:changed': Settings;
  'app:screen-reader': boolean;
}

export type RequestChannel = keyof Requests;
export type PushChannel = keyof Pushes;

/** How an answer travels: errors are data. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorData };

/** What the preload script puts on `window.orrery`. */
export interface OrreryBridge {
  request<C extends RequestChannel>(channel: C, ...payload: Requests[C][0] extends void ? [] : [Requests[C][0]]): Promise<Answer<Requests[C][1]>>;
  on<C extends PushChannel>(channel: C, listener: (value: Pushes[C]) => void): () => void;
}
