import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { protocol } from 'electron';

const SCHEME = 'app';
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

/** Before the app is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
}

/** Serves the built window, and nothing beside it. */
export function servePages(folder: string): void {
  protocol.handle(SCHEME, async (request) => {
    const { host, pathname } = new URL(request.url);
    const file = path.normalize(path.join(folder, decodeURIComponent(pathname === '/' ? '/index.html' : pathname)));
    const type = TYPES[path.extname(file)];
    if (host !== 'orrery' || request.method !== 'GET' || type === undefined || !file.startsWith(folder + path.sep)) return new Response('not found', { status: 404 });
    const nonce = randomBytes(16).toString('base64');
    const headers = { 'content-type': type, 'content-security-policy': contentSecurityPolicy(nonce), 'x-content-type-options': 'nosniff' };
    try {
      if (type.startsWith('text/html')) return new Response((await readFile(file, 'utf8')).replace('name="style-nonce" content=""', `name="style-nonce" content="${nonce}"`), { headers });
      return new Response(new Uint8Array(await readFile(file)), { headers });
    } catch {
      return new Response('not found', { status: 404 });
    }
  });
}
