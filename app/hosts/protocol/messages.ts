import type { Answer, PushChannel, Pushes, RequestChannel } from '../../contracts/ipc/index.ts';

/** From the main process to a utility process. */
export type ToHost =
  | { readonly type: 'start'; readonly config: unknown }
  | { readonly type: 'request'; readonly id: number; readonly channel: RequestChannel; readonly payload: unknown }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'stop' };

/** From a utility process to the main process. */
export type FromHost =
  | { readonly type: 'started' }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer<unknown> }
  | { [C in PushChannel]: { readonly type: 'push'; readonly channel: C; readonly value: Pushes[C] } }[PushChannel]
  | { readonly type: 'pong'; readonly id: number };

/** One end of the wire, as Electron's `process.parentPort` offers it. */
export interface HostPort {
  postMessage(message: FromHost): void;
  on(event: 'message', listener: (event: { data: ToHost }) => void): void;
}

/** Where a utility process keeps things. Absolute paths. */
export interface HostFolders {
  /** The app's private data: kubeconfig, caches, progress. */
  readonly data: string;
  /** One folder a chapter, with the chapter's files. */
  readonly workspaces: string;
  /** kubectl and helm. */
  readonly tools: string;
  /** The chapters, as shipped. */
  readonly labs: string;
}
