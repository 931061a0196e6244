import * as z from 'zod';
import type { RequestChannel } from './channels.ts';

/**
 * What each channel accepts. Main checks every payload with these before anything else sees it; a channel without a
 * validator does not exist (the type demands one for each).
 */
const nothing = z.undefined();
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);
/** A part of the diagram, `kubelet/worker-1`. */
const part = z.string().min(1).max(300).regex(/^[a-z0-9][a-z0-9./-]*$/);
const NAME = '[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?';
const PLACE = `node/${NAME}|pod/${NAME}/${NAME}/${NAME}`;
/** Where a terminal is, when it is not the learner's own shell: `node/worker-1`, `pod/default/web/nginx`. */
const place = z.string().regex(new RegExp(`^(${PLACE})$`));
/** `etcd`, `etcd@node/worker-1`. */
const terminal = z.string().regex(new RegExp(`^[a-z0-9][a-z0-9-]{0,62}(@(${PLACE}))?$`));
const kindName = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,48}$/);
const text = z.string().max(10_000);
const columns = z.number().int().min(2).max(1_000);
const rows = z.number().int().min(1).max(1_000);
const step = z.strictObject({ chapter: name, step: name });

export const validators: Readonly<Record<RequestChannel, z.ZodType>> = {
  'app:info': nothing,
  'app:notices': nothing,
  'settings:get': nothing,
  'settings:set': z.strictObject({
    theme: z.enum(['light', 'dark', 'system']).optional(),
    chapter: name.optional(),
    terminalFontSize: z.number().int().min(8).max(32).optional(),
    layout: z.record(z.string().max(40), z.array(z.number().min(0).max(100)).max(8)).optional(),
  }),
  'hosts:state': nothing,
  'cluster:snapshot': nothing,
  'cluster:reset': nothing,
  'cluster:power': z.strictObject({ id: part, on: z.boolean() }),
  'cluster:inspect': z.strictObject({ id: part }),
  'clusters:list': nothing,
  'clusters:view': z.strictObject({ id: z.string().min(1).max(500).regex(/^(sim|(kind|context)\/.+)$/) }),
  'clusters:make': z.strictObject({ name: kindName, workers: z.number().int().min(0).max(5) }),
  'clusters:cancel': z.strictObject({ name: kindName }),
  'clusters:power': z.strictObject({ name: kindName, on: z.boolean() }),
  'clusters:delete': z.strictObject({ name: kindName }),
  'trace:since': z.strictObject({ seq: z.number().int().min(0) }),
  'time:state': nothing,
  'time:set': z.strictObject({ paused: z.boolean().optional(), speed: z.number().min(0.01).max(10_000).optional() }),
  'time:step': nothing,
  'terminal:open': z.strictObject({ workspace: name, place: place.optional(), columns, rows }),
  'terminal:write': z.strictObject({ id: terminal, data: z.string().max(1_000_000) }),
  'terminal:drawn': z.strictObject({ id: terminal, count: z.number().int().min(0) }),
  'terminal:resize': z.strictObject({ id: terminal, columns, rows }),
  'terminal:close': z.strictObject({ id: terminal }),
  'lab:chapters': nothing,
  'lab:open': z.strictObject({ chapter: name }),
  'lab:check': step,
  'lab:hint': step,
  'lab:solution': step,
  'lab:skip': step,
  'lab:answer': z.strictObject({ chapter: name, step: name, answer: z.union([text, z.array(text).max(50)]) }),
  'lab:quiz': z.strictObject({ chapter: name, index: z.number().int().min(0).max(100), answer: text }),
  'lab:predict': z.strictObject({ chapter: name, id: name, text }),
  'lab:reset': z.strictObject({ chapter: name, step: name.optional() }),
  'clipboard:write': z.strictObject({ text: z.string().max(10_000_000) }),
  'clipboard:read': nothing,
  'shell:openExternal': z.strictObject({ url: z.url({ protocol: /^https?$/ }).max(2_000) }),
};
