import type { IpcMainInvokeEvent } from 'electron';
import { OrreryError } from '../../base/errors/index.ts';
import type { RequestChannel } from '../../contracts/ipc/index.ts';
import { validators } from '../../contracts/ipc/requests.ts';

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
