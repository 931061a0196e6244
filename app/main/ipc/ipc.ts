import { ipcMain, type WebContents } from 'electron';
import { OrreryError, toErrorData } from '../../base/errors/index.ts';
import type { Answer, PushChannel, Pushes, RequestChannel } from '../../contracts/ipc/index.ts';
import { checkRequest, isOurs } from './guard.ts';

export type Handle = (channel: RequestChannel, payload: unknown) => Promise<Answer<unknown>> | Answer<unknown>;

/** The only user of ipcMain. Every request is checked for its sender, its channel and its payload. */
export function serveWindow(origin: string, handle: Handle): void {
  ipcMain.handle('request', async (event, channel: unknown, payload: unknown): Promise<Answer<unknown>> => {
    try {
      if (!isOurs(event, origin)) throw new OrreryError('foreign-sender', 'Only the window of Orrery may ask.');
      const checked = checkRequest(channel, payload);
      return await handle(checked.channel, checked.payload);
    } catch (error) {
      const { stack, ...data } = toErrorData(error);
      void stack;
      return { ok: false, error: data };
    }
  });
}

export function pushTo<C extends PushChannel>(contents: WebContents | undefined, channel: C, value: Pushes[C]): void {
  if (contents && !contents.isDestroyed()) contents.send('push', channel, value);
}
