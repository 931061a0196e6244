import { expect, test } from '../fixtures/app.ts';

test('the window can do nothing but ask by the bridge', async ({ orrery }) => {
  const { app, window } = await orrery.start();
  const { page } = window;
  expect(await page.evaluate(() => ['require', 'process', 'module', 'Buffer'].filter((name) => name in globalThis))).toEqual([]);
  expect(await page.evaluate(() => Object.keys((globalThis as unknown as { orrery: object }).orrery).sort())).toEqual(['on', 'request']);
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const { sandbox, contextIsolation, nodeIntegration, webviewTag, webSecurity } = (BrowserWindow.getAllWindows()[0]!.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences();
    return { sandbox, contextIsolation, nodeIntegration, webviewTag, webSecurity };
  });
  expect(preferences).toEqual({ sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false, webSecurity: true });
});

test('no other page, no new window, no permission, no request outside, no inline script', async ({ orrery }) => {
  const { app, window } = await orrery.start();
  const { page } = window;
  const url = page.url();
  const tried = await page.evaluate(async () => {
    const outside = await fetch('https://example.com/').then(() => 'reached', () => 'refused');
    const opened = globalThis.open('https://example.com/') === null ? 'refused' : 'opened';
    const microphone = await navigator.mediaDevices?.getUserMedia({ audio: true }).then(() => 'granted', () => 'refused') ?? 'refused';
    const script = document.createElement('script');
    let inline = 'refused';
    try {
      script.text = 'window.inlineRan = true';
      document.head.append(script);
      if ('inlineRan' in window) inline = 'ran';
    } catch {
      inline = 'refused';
    }
    const evaluated = ((): string => { try { return String(new Function('return "ran"')()); } catch { return 'refused'; } })();
    location.href = 'https://example.com/';
    return { outside, opened, microphone, inline, evaluated };
  });
  expect(tried).toEqual({ outside: 'refused', opened: 'refused', microphone: 'refused', inline: 'refused', evaluated: 'refused' });
  await page.waitForTimeout(300);
  expect(page.url()).toBe(url);
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
});

test('a request that is not on the map, or malformed, is refused with words', async ({ orrery }) => {
  const { window } = await orrery.start();
  const answers = await window.page.evaluate(async () => {
    const { orrery: bridge } = globalThis as unknown as { orrery: { request(channel: string, payload?: unknown): Promise<{ ok: boolean; error?: { code: string } }> } };
    const asked: [string, unknown?][] = [['app:quit'], ['cluster:power', { id: '../../etc', on: 'yes' }], ['terminal:open', { workspace: '../..', columns: 80, rows: 24 }], ['shell:openExternal', { url: 'file:///etc/passwd' }], ['lab:open', { chapter: 'no-such-chapter' }], ['terminal:write', { id: 'nobody', data: 'ls' }]];
    return Promise.all(asked.map(async ([channel, payload]) => { const { ok, error } = await bridge.request(channel, payload); return [channel, ok, error?.code]; }));
  });
  expect(answers).toEqual([['app:quit', false, 'unknown-channel'], ['cluster:power', false, 'bad-request'], ['terminal:open', false, 'bad-request'], ['shell:openExternal', false, 'bad-request'], ['lab:open', false, 'no-chapter'], ['terminal:write', false, 'no-terminal']]);
});
