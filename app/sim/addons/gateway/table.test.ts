import { describe, expect, it } from 'vitest';
import { choose, modifyPath, type Asked, type Match, type Route } from './table.ts';

const route = (source: string, hosts: readonly string[], match: Partial<Match> = {}, extra: Partial<Route> = {}): Route => ({ source, places: [{ port: 80, hosts }], match: { path: { type: 'PathPrefix', value: '/' }, ...match }, filters: [], backends: [], ...extra });
const exact = (value: string): Match['path'] => ({ type: 'Exact', value });
const prefix = (value: string): Match['path'] => ({ type: 'PathPrefix', value });
const ROUTES = [
  route('any', ['']), route('default', [''], {}, { isDefault: true }), route('wild', ['*.example.com']), route('host', ['shop.example.com']), route('long', ['shop.example.com'], { path: prefix('/api') }), route('longer', ['shop.example.com'], { path: prefix('/api/v2/') }),
  route('exact', ['shop.example.com'], { path: exact('/api/v2') }), route('post', ['shop.example.com'], { path: prefix('/api'), method: 'POST' }), route('canary', ['shop.example.com'], { path: prefix('/api'), headers: [{ name: 'X-Canary', value: 'yes' }] }),
  route('query', ['shop.example.com'], { path: prefix('/api'), query: [{ name: 'v', type: 'RegularExpression', value: '[0-9]+' }] }), route('later', ['shop.example.com']), route('ingress', ['*.one.test'], {}, { isOneLabel: true }), { ...route('port', ['']), places: [{ port: 8000, hosts: [''] }] },
];
const ask = (host: string, path: string, extra: Partial<Asked> = {}): string | undefined => choose(ROUTES, { port: 80, host, method: 'GET', path, query: new URLSearchParams(), headers: {}, ...extra })?.source;

describe('choose', () => {
  it.each([
    ['shop.example.com', '/', {}, 'host'], ['a.b.example.com', '/', {}, 'wild'], ['example.com', '/', {}, 'any'], ['other', '/', {}, 'any'], ['a.one.test', '/', {}, 'ingress'], ['a.b.one.test', '/', {}, 'any'],
    ['shop.example.com', '/api/x', {}, 'long'], ['shop.example.com', '/apix', {}, 'host'], ['shop.example.com', '/api/v2', {}, 'exact'], ['shop.example.com', '/api/v2/x', {}, 'longer'], ['shop.example.com', '/api/v22', {}, 'long'],
    ['shop.example.com', '/api', { method: 'POST' }, 'post'], ['shop.example.com', '/api', { headers: { 'x-canary': 'yes' } }, 'canary'], ['shop.example.com', '/api', { query: new URLSearchParams('v=12') }, 'query'], ['shop.example.com', '/api', { query: new URLSearchParams('v=a') }, 'long'],
    ['shop.example.com', '/', { port: 8000 }, 'port'], ['shop.example.com', '/', { port: 9 }, undefined],
  ] as const)('%s %s %o goes to %s', (host, path, extra, expected) => expect(ask(host, path, extra)).toBe(expected));

  it('an expression that is none matches nothing', () => {
    expect(choose([route('bad', [''], { path: { type: 'RegularExpression', value: '(' } })], { port: 80, host: '', method: 'GET', path: '/(', query: new URLSearchParams(), headers: {} })).toBeUndefined();
  });
});

it.each([
  ['/foo', '/xyz', '/foo/bar', '/xyz/bar'], ['/foo/', '/xyz/', '/foo/bar', '/xyz/bar'], ['/foo', '/xyz', '/foo', '/xyz'], ['/foo', '', '/foo/bar', '/bar'], ['/foo', '/', '/foo', '/'], ['/', '/xyz', '/bar', '/xyz/bar'],
])('prefix %s replaced by %s: %s becomes %s', (value, replacePrefixMatch, path, expected) => expect(modifyPath({ type: 'ReplacePrefixMatch', replacePrefixMatch }, prefix(value), path)).toBe(expected));
