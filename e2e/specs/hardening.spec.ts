import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '../fixtures/app.ts';

// Electron's security checklist on the running app. Its policies have unit tests beside them in app/main.

test('the window can do nothing but ask by the bridge', async ({ orrery }) => {
  const { app, window } = await orrery.start();
  const { page } = window;
  expect(await page.evaluate(() => ['require', 'process', 'module', 'Buffer'].filter((name) => name in globalThis))).toEqual([]);
  expect(await page.evaluate(() => Object.keys((globalThis as unknown as { orrery: object }).orrery).sort())).toEqual(['on', 'request']);
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const { sandbox, contextIsolation, nodeIntegration, webviewTag, webSecurity, allowRunningInsecureContent, experimentalFeatures } = (BrowserWindow.getAllWindows()[0]!.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences();
    return { sandbox, contextIsolation, nodeIntegration, webviewTag, webSecurity, allowRunningInsecureContent: allowRunningInsecureContent ?? false, experimentalFeatures: experimentalFeatures ?? false };
  });
  expect(preferences).toEqual({ sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false, webSecurity: true, allowRunningInsecureContent: false, experimentalFeatures: false });
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
    const policy = (await fetch('/index.html')).headers.get('content-security-policy') ?? '';
    const beside = (await fetch('/..%2f..%2fpackage.json')).status;
    const webview = document.body.appendChild(document.createElement('webview'));
    webview.setAttribute('src', 'https://example.com/');
    const frame = document.body.appendChild(document.createElement('iframe'));
    frame.src = 'https://example.com/';
    const link = Object.assign(document.createElement('a'), { href: '/index.html', download: 'x.html' });
    document.body.append(link);
    link.click();
    const notifications = await Notification.requestPermission();
    location.href = 'https://example.com/';
    return { outside, opened, microphone, notifications, inline, evaluated, beside, unsafe: policy.includes('unsafe'), policy: policy.includes("default-src 'none'"), webview: 'getWebContentsId' in webview };
  });
  expect(tried).toEqual({ outside: 'refused', opened: 'refused', microphone: 'refused', notifications: 'denied', inline: 'refused', evaluated: 'refused', beside: 404, unsafe: false, policy: true, webview: false });
  await page.waitForTimeout(300);
  expect(page.url()).toBe(url);
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  expect(await app.evaluate(({ webContents }) => webContents.getAllWebContents().filter((one) => one.getType() !== 'window' || !one.getURL().startsWith('app://orrery/')).length)).toBe(0);
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

test('a page of somebody else that got hold of the bridge is refused', async ({ orrery }) => {
  const { app } = await orrery.start();
  const opened = app.waitForEvent('window');
  await app.evaluate(async ({ app: electron, BrowserWindow }) => {
    const window = new BrowserWindow({ show: false, webPreferences: { preload: `${electron.getAppPath()}/out/preload/preload.cjs`, sandbox: true } });
    await window.loadURL('data:text/html,<title>foreign</title>');
  });
  const foreign = await opened;
  const answers = await foreign.evaluate(async () => {
    const { orrery: bridge } = globalThis as unknown as { orrery: { request(channel: string, payload?: unknown): Promise<{ ok: boolean; error?: { code: string } }> } };
    return Promise.all(['app:info', 'clipboard:read', 'cluster:reset'].map(async (channel) => (await bridge.request(channel)).error?.code));
  });
  expect(answers).toEqual(['foreign-sender', 'foreign-sender', 'foreign-sender']);
});

test('another user of this machine reaches neither the cluster nor the files, and nothing listens beyond this machine', async ({ orrery }) => {
  test.skip(process.platform !== 'linux' || process.getuid?.() !== 0, 'only root on Linux can act as another user here');
  const { app } = await orrery.start();
  const file = (name: string): string => path.join(orrery.data, name);
  expect(['kubeconfig', 'lab.sock', 'settings.json', 'progress.json'].filter((name) => (statSync(file(name), { throwIfNoEntry: false })?.mode ?? 0) & 0o077)).toEqual([]);
  expect(statSync(file('workspaces')).mode & 0o077).toBe(0);
  const server = /server: (\S+)/.exec(readFileSync(file('kubeconfig'), 'utf8'))![1]!;
  const tried = await promisify(execFile)(process.execPath, ['-e', STRANGER, server, file('kubeconfig'), file('lab.sock')], { uid: 65_534, gid: 65_534, cwd: '/', env: {} });
  // As a real API server says it: who shows nothing is system:anonymous, and forbidden all this.
  expect(JSON.parse(tried.stdout)).toEqual({ secrets: 403, create: 403, kubeconfig: 'EACCES', lab: 'EACCES' });
  const processes = await app.evaluate(({ app: electron }) => electron.getAppMetrics().map(({ pid }) => pid));
  expect(listening([...processes, app.process().pid!]).filter((address) => !/^(0100007F|00000000000000000000000001000000):/.test(address))).toEqual([]);
});

/** What another user of the machine would try. */
const STRANGER = `
const [server, kubeconfig, socket] = process.argv.slice(1);
const ask = (method, path) => new Promise((resolve) => require('https').request(server + path, { method, rejectUnauthorized: false }, (answer) => resolve(answer.statusCode)).on('error', ({ code }) => resolve(code)).end());
const open = () => { try { return require('fs').readFileSync(kubeconfig).length } catch ({ code }) { return code } };
const lab = () => new Promise((resolve) => require('net').connect(socket, () => resolve('connected')).on('error', ({ code }) => resolve(code)));
(async () => process.stdout.write(JSON.stringify({ secrets: await ask('GET', '/api/v1/secrets'), create: await ask('POST', '/api/v1/namespaces'), kubeconfig: open(), lab: await lab() }), () => process.exit()))();
`;

/** Local addresses of the TCP sockets that these processes listen on, as /proc writes them. */
function listening(processes: readonly number[]): string[] {
  const inodes = new Set(processes.flatMap((pid) => readdirSync(`/proc/${pid}/fd`).flatMap((fd) => { try { return [/^socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]]; } catch { return []; } })));
  return ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1).map((line) => line.trim().split(/\s+/)).filter(([, , , state, , , , , , inode]) => state === '0A' && inodes.has(inode)).map(([, local]) => local!));
}
