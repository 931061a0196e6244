import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron';
import { OrreryError, toErrorData } from '../../base/errors/index.ts';
import type { Answer, PushChannel, Pushes, RequestChannel } from '../../contracts/ipc/index.ts';
import { validators } from '../../contracts/ipc/requests.ts';

export type Handle = (channel: RequestChannel, payload: unknown) => Promise<Answer<unknown>> | Answer<unknown>;

/** True when a frame of ours, and the main one, speaks. */
export function isOurs(event: Pick<IpcMainInvokeEvent, 'senderFrame'>, origin: string): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame !== undefined && frame.parent === null && frame.url.startsWith(`${origin}/`);
}

/** Checks channel and payload; a bad one is refused with words and changes nothing. */
export function checkRequest(channel: unknown, payload: unknown): { channel: RequestChannel; payload: unknown } {
  if (typeof channel !== 'string' || !Object.hasOwn(validators, channel)) throw new OrreryError('unknown-channel', `There is no channel ${String(channel).slice(0, 60)}.`);
  const parsed = validators[channel as RequestChannel].safeParse(payload);
  if (!parsed.success) throw new OrreryError('bad-request', `${channel}: ${parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'payload'}: ${message}`).join('; ')}`);
  return { channel: channel as RequestChannel, payload: parsed.data };
}

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
