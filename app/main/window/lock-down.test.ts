import { EventEmitter } from 'node:events';
import type { App, Session } from 'electron';
import { expect, it, vi } from 'vitest';
import { lockDown, mayLoad, WEB_PREFERENCES } from './lock-down.ts';

it.each([
  ['app://orrery/index.html', true], ['data:image/png;base64,AA', true], ['devtools://devtools/bundled/x.html', true],
  ['app://orrery.example/x', false], ['https://example.com/', false], ['http://127.0.0.1:6443/', false], ['ws://127.0.0.1/', false], ['file:///etc/passwd', false], ['blob:app://orrery/x', false],
])('%s may be loaded: %s', (url, may) => expect(mayLoad(url)).toBe(may));

it('makes windows as the checklist says', () => {
  expect(WEB_PREFERENCES).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, allowRunningInsecureContent: false, experimentalFeatures: false, webviewTag: false });
});

it('refuses every permission, page, window, webview and download', () => {
  const answers: unknown[] = [];
  const app = new EventEmitter();
  const session = Object.assign(new EventEmitter(), {
    setPermissionRequestHandler: (handler: (contents: null, permission: string, answer: (granted: boolean) => void) => void) => handler(null, 'media', (granted) => answers.push(granted)),
    setPermissionCheckHandler: (handler: () => boolean) => answers.push(handler()),
    setDevicePermissionHandler: (handler: () => boolean) => answers.push(handler()),
    setDisplayMediaRequestHandler: (handler: (request: null, answer: (streams: object) => void) => void) => handler(null, (streams) => answers.push(streams)),
    webRequest: { onBeforeRequest: (handler: (details: { url: string }, answer: (what: { cancel: boolean }) => void) => void) => handler({ url: 'https://example.com/' }, ({ cancel }) => answers.push(cancel)) },
  });
  lockDown(app as unknown as App, session as unknown as Session);
  expect(answers).toEqual([false, false, false, {}, true]);
  const contents = Object.assign(new EventEmitter(), { setWindowOpenHandler: vi.fn<(handler: () => { action: string }) => void>() });
  app.emit('web-contents-created', {}, contents);
  expect(contents.setWindowOpenHandler.mock.calls[0]![0]()).toEqual({ action: 'deny' });
  for (const [emitter, event] of [[contents, 'will-navigate'], [contents, 'will-frame-navigate'], [contents, 'will-redirect'], [contents, 'will-attach-webview'], [session, 'will-download']] as const) {
    const preventDefault = vi.fn();
    emitter.emit(event, { preventDefault });
    expect(preventDefault, event).toHaveBeenCalledOnce();
  }
});
