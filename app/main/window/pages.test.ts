import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answerPage, contentSecurityPolicy, ORIGIN } from './pages.ts';

let base: string;
let folder: string;
beforeAll(() => {
  base = mkdtempSync(path.join(tmpdir(), 'orrery-pages-'));
  folder = path.join(base, 'renderer');
  mkdirSync(path.join(folder, 'assets'), { recursive: true });
  writeFileSync(path.join(folder, 'index.html'), '<meta name="style-nonce" content="" />');
  writeFileSync(path.join(folder, 'assets/main.js'), 'export {}');
  writeFileSync(path.join(folder, 'assets/main.js.map'), '{}');
  writeFileSync(path.join(base, 'secret.js'), 'secret');
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const get = (url: string, method = 'GET'): Promise<Response> => answerPage(folder, { url, method });

it('serves the window, each load with a nonce of its own', async () => {
  const [one, two] = [await get(`${ORIGIN}/`), await get(`${ORIGIN}/index.html`)];
  const nonces = [await one.text(), await two.text()].map((text) => /content="([^"]+)"/.exec(text)![1]!);
  expect(nonces[0]).not.toBe(nonces[1]);
  expect(one.headers.get('content-security-policy')).toContain(`'nonce-${nonces[0]}'`);
  expect((await get(`${ORIGIN}/assets/main.js`)).headers.get('content-type')).toContain('text/javascript');
});

it.each(['/../secret.js', '/..%2fsecret.js', '/%2e%2e%2fsecret.js', '/assets/..%2f..%2fsecret.js', '/%2fetc%2fpasswd', '/assets/main.js.map', '/none.js', '/assets', '/%', '/%00.js', '/index.html%00'])('serves nothing at %s', async (target) => {
  const answer = await get(`${ORIGIN}${target}`);
  expect([answer.status, await answer.text()]).toEqual([404, 'not found']);
});

it('serves no other host and takes nothing', async () => {
  expect((await get('app://other/index.html')).status).toBe(404);
  expect((await get(`${ORIGIN}/index.html`, 'POST')).status).toBe(404);
});

it('has a policy that allows nothing from outside, inline or evaluated', () => {
  const policy = contentSecurityPolicy('abc');
  expect(policy).not.toMatch(/unsafe|\*|https?:|ws:|blob:/);
  const directives = new Map(policy.split('; ').map((one) => [one.split(' ')[0], one]));
  expect(directives.get('default-src')).toBe("default-src 'none'");
  expect(directives.get('script-src')).toBe("script-src 'self'");
  for (const name of ['base-uri', 'form-action', 'frame-ancestors', 'require-trusted-types-for']) expect(directives.has(name), name).toBe(true);
});
