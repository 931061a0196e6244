import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export const SCHEME = 'app';
export const ORIGIN = `${SCHEME}://orrery`;

/**
 * Nothing from outside, nothing inline, nothing evaluated. Style elements need the nonce of this load of the page (xterm.js
 * makes some: see renderer/shell/style-nonce.ts).
 */
export const contentSecurityPolicy = (nonce: string): string => [
  "default-src 'none'", "script-src 'self'", `style-src 'self' 'nonce-${nonce}'`, "img-src 'self' data:", "font-src 'self'", "connect-src 'self'", "worker-src 'self'",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", 'trusted-types svelte-trusted-html orrery-chapter',
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.woff2': 'font/woff2', '.svg': 'image/svg+xml', '.png': 'image/png', '.wasm': 'application/wasm',
};

const absent = (): Response => new Response('not found', { status: 404 });

/** One file of the built window, and nothing beside it. */
export async function answerPage(folder: string, request: Pick<Request, 'url' | 'method'>): Promise<Response> {
  const file = fileOf(folder, request);
  if (!file) return absent();
  const type = TYPES[path.extname(file)]!;
  const nonce = randomBytes(16).toString('base64');
  const headers = { 'content-type': type, 'content-security-policy': contentSecurityPolicy(nonce), 'x-content-type-options': 'nosniff', 'cross-origin-opener-policy': 'same-origin', 'referrer-policy': 'no-referrer' };
  try {
    if (type.startsWith('text/html')) return new Response((await readFile(file, 'utf8')).replace('name="style-nonce" content=""', `name="style-nonce" content="${nonce}"`), { headers });
    return new Response(new Uint8Array(await readFile(file)), { headers });
  } catch {
    return absent();
  }
}

function fileOf(folder: string, { url, method }: Pick<Request, 'url' | 'method'>): string | undefined {
  try {
    const { host, pathname } = new URL(url);
    const file = path.normalize(path.join(folder, decodeURIComponent(pathname === '/' ? '/index.html' : pathname)));
    return host === 'orrery' && method === 'GET' && path.extname(file) in TYPES && file.startsWith(folder + path.sep) ? file : undefined;
  } catch {
    return undefined;
  }
}
