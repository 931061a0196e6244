import { describe, expect, it } from 'vitest';
import { validators } from '../../contracts/ipc/requests.ts';
import { checkRequest, isOurs } from './guard.ts';

const ORIGIN = 'app://orrery';
type Frame = Parameters<typeof isOurs>[0]['senderFrame'];
const frame = (url: string, parent: object | null = null): Frame => ({ url, parent }) as Frame;

describe('who may ask', () => {
  it.each([
    ['our page', frame(`${ORIGIN}/index.html`), true],
    ['a frame inside our page', frame(`${ORIGIN}/index.html`, {}), false],
    ['a page of the same scheme', frame('app://other/index.html'), false],
    ['a host that begins like ours', frame('app://orrery.example/index.html'), false],
    ['a page of the web', frame('https://example.com/app://orrery/'), false],
    ['a file', frame('file:///tmp/index.html'), false],
    ['an empty page', frame('about:blank'), false],
    ['a frame that is gone', null, false],
  ])('%s: %#', (_, senderFrame, ours) => expect(isOurs({ senderFrame }, ORIGIN)).toBe(ours));
});

describe('what may be asked', () => {
  it('gives channel and payload back when both are right', () => {
    expect(checkRequest('cluster:power', { id: 'kubelet/worker-1', on: false })).toEqual({ channel: 'cluster:power', payload: { id: 'kubelet/worker-1', on: false } });
    expect(checkRequest('app:info', undefined)).toEqual({ channel: 'app:info', payload: undefined });
  });

  it.each([['app:quit'], ['toString'], ['__proto__'], [''], [7], [undefined], [{ toString: () => 'app:info' }]])('knows no channel %j', (channel) => {
    expect(() => checkRequest(channel, undefined)).toThrow('There is no channel');
  });

  /** Handed to every channel: none takes any of it. */
  const HOSTILE: readonly unknown[] = [null, 7, 'text', [], () => {}, { id: { $gt: '' } }, { id: '../../etc/passwd', on: true }, { constructor: { prototype: {} } }, JSON.parse('{"__proto__":{"polluted":true}}')];

  it.each(Object.keys(validators).filter((channel) => channel !== 'settings:set'))('%s refuses what does not fit its schema', (channel) => {
    for (const payload of HOSTILE) expect(() => checkRequest(channel, payload), JSON.stringify(payload)).toThrow(`${channel}: `);
    expect(() => checkRequest(channel, { ...({} as object), unheardOf: 1 })).toThrow(`${channel}: `);
    expect((Object.prototype as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([
    ['settings:set', { theme: 'pink' }], ['settings:set', { layout: { panes: [NaN] } }], ['settings:set', { chapter: '../x' }], ['settings:set', { file: '/etc/passwd' }],
    ['terminal:open', { workspace: '..', columns: 80, rows: 24 }], ['terminal:open', { workspace: 'a', place: 'node/../etc', columns: 80, rows: 24 }], ['terminal:open', { workspace: 'a', place: 'pod/default/--help/-c', columns: 80, rows: 24 }], ['terminal:write', { id: 'a@node/$(id)', data: 'x' }], ['terminal:open', { workspace: '/etc', columns: 80, rows: 24 }], ['terminal:open', { workspace: 'a', columns: 1e9, rows: 24 }],
    ['terminal:write', { id: 'a', data: 'x'.repeat(1_000_001) }], ['lab:open', { chapter: '%2e%2e' }], ['trace:since', { seq: -1 }], ['time:set', { speed: Infinity }],
    ['shell:openExternal', { url: 'file:///etc/passwd' }], ['shell:openExternal', { url: 'javascript:alert(1)' }], ['shell:openExternal', { url: 'smb://host/share' }], ['shell:openExternal', { url: 'ms-msdt:/id' }],
  ])('%s refuses %j', (channel, payload) => expect(() => checkRequest(channel, payload)).toThrow(`${channel}: `));
});
