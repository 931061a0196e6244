import type { FileSystem } from '../filesystem/filesystem.ts';
import { globFiles } from '../shell/glob.ts';

/** A directive with its arguments and, when it has one, its block. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly block?: readonly Directive[];
  readonly file: string;
  readonly line: number;
}

/** The configuration makes no sense; the message is nginx's, after `[emerg] `. */
export class ConfigurationError extends Error {}

/** Reads a configuration file and all that it includes. */
export function readConfiguration(files: FileSystem, path: string): Directive[] {
  if (!files.isFile(path)) throw new ConfigurationError(`open() "${path}" failed (2: No such file or directory)`);
  const parser = new ConfigurationParser(files, path, files.readText(path));
  return parser.block(false);
}

const KNOWN = new Set([
  'user', 'worker_processes', 'error_log', 'pid', 'events', 'worker_connections', 'http', 'include', 'default_type', 'log_format', 'access_log', 'sendfile', 'tcp_nopush', 'tcp_nodelay', 'keepalive_timeout', 'gzip', 'gzip_types', 'server', 'listen', 'server_name', 'location', 'root', 'index', 'error_page',
  'return', 'alias', 'proxy_pass', 'proxy_set_header', 'proxy_http_version', 'proxy_read_timeout', 'proxy_connect_timeout', 'add_header', 'try_files', 'rewrite', 'upstream', 'types', 'autoindex', 'client_max_body_size', 'charset', 'if', 'set', 'deny', 'allow', 'stub_status', 'expires', 'resolver', 'server_tokens', 'map',
  'ssl_certificate', 'ssl_certificate_key', 'http2', 'limit_req', 'limit_req_zone', 'auth_basic', 'auth_basic_user_file', 'internal', 'daemon', 'proxy_buffering', 'proxy_redirect', 'real_ip_header', 'set_real_ip_from', 'etag', 'default', 'least_conn', 'keepalive', 'multi_accept', 'use', 'stream', 'load_module', 'env', 'ssl_protocols', 'send_timeout',
]);

class ConfigurationParser {
  readonly #files: FileSystem;
  readonly #path: string;
  readonly #tokens: { text: string; line: number; plain: boolean }[] = [];
  #at = 0;

  constructor(files: FileSystem, path: string, text: string) {
    this.#files = files;
    this.#path = path;
    let line = 1;
    for (const [token] of text.matchAll(/\n|#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|(?:\$\{[^}]*\}|\\.|[^\s{};"'])+/g)) {
      if (token === '\n') line++;
      else if (!token.startsWith('#')) this.#tokens.push({ text: /^["']/.test(token) ? token.slice(1, -1) : token, line, plain: !/^["']/.test(token) });
      if (/^["']/.test(token)) line += token.split('\n').length - 1;
    }
  }

  block(isInner: boolean, isFree = false): Directive[] {
    const directives: Directive[] = [];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (!token) {
        if (isInner) throw this.#error('unexpected end of file, expecting "}"', this.#tokens[this.#tokens.length - 1]?.line ?? 1);
        return directives;
      }
      if (token.plain && token.text === '}') {
        if (!isInner) throw this.#error('unexpected "}"', token.line);
        this.#at++;
        return directives;
      }
      directives.push(...this.#directive(isFree));
    }
  }

  #directive(isFree: boolean): Directive[] {
    const { text: name, line } = this.#tokens[this.#at++]!;
    if (name === ';' || name === '{') throw this.#error(`unexpected "${name}"`, line);
    if (!isFree && !KNOWN.has(name)) throw this.#error(`unknown directive "${name}"`, line);
    const args: string[] = [];
    for (;;) {
      const token = this.#tokens[this.#at++];
      if (!token) throw this.#error('unexpected end of file, expecting ";" or "}"', line);
      if (token.plain && token.text === ';') break;
      if (token.plain && token.text === '{') return [{ name, args, block: this.block(true, name === 'types' || name === 'map' || name === 'upstream'), file: this.#path, line }];
      if (token.plain && token.text === '}') throw this.#error('unexpected "}"', token.line);
      args.push(token.text);
    }
    if (name !== 'include') return [{ name, args, file: this.#path, line }];
    const pattern = args[0]!.startsWith('/') ? args[0]! : `/etc/nginx/${args[0]}`;
    if (pattern.endsWith('mime.types')) return [];
    const found = /[*?[]/.test(pattern) ? globFiles(pattern, this.#files, '/') : [pattern];
    return found.flatMap((path) => readConfiguration(this.#files, path));
  }

  #error(message: string, line: number): ConfigurationError {
    return new ConfigurationError(`${message} in ${this.#path}:${line}`);
  }
}

export interface Location {
  readonly modifier: '' | '=' | '~' | '~*' | '^~';
  readonly path: string;
  readonly directives: readonly Directive[];
}

export interface Server {
  readonly ports: readonly number[];
  readonly names: readonly string[];
  readonly directives: readonly Directive[];
  readonly locations: readonly Location[];
}

/** The servers of the http block. */
export function serversOf(configuration: readonly Directive[]): Server[] {
  const http = configuration.filter(({ name }) => name === 'http').flatMap(({ block = [] }) => block);
  return http.filter(({ name }) => name === 'server').map(({ block = [] }) => {
    const listens = block.filter(({ name }) => name === 'listen').map(({ args }) => Number(/(?:^|:)(\d+)$/.exec(args[0] ?? '')?.[1] ?? 80));
    return {
      ports: [...new Set(listens.length > 0 ? listens : [80])],
      names: block.filter(({ name }) => name === 'server_name').flatMap(({ args }) => args),
      directives: [...http.filter(({ name }) => name === 'root' || name === 'index' || name === 'add_header'), ...block],
      locations: block.filter(({ name }) => name === 'location').map((directive): Location => (directive.args.length > 1 ? { modifier: directive.args[0] as '=', path: directive.args[1]!, directives: directive.block ?? [] } : { modifier: '', path: directive.args[0] ?? '/', directives: directive.block ?? [] })),
    };
  });
}

/** The location for a path. models ngx_http_core_find_location */
export function locationFor({ locations }: Server, path: string): Location | undefined {
  const exact = locations.find(({ modifier, path: own }) => modifier === '=' && own === path);
  if (exact) return exact;
  const prefixes = locations.filter(({ modifier, path: own }) => (modifier === '' || modifier === '^~') && path.startsWith(own)).sort((a, b) => b.path.length - a.path.length);
  if (prefixes[0]?.modifier === '^~') return prefixes[0];
  return locations.find(({ modifier, path: own }) => (modifier === '~' || modifier === '~*') && new RegExp(own, modifier === '~*' ? 'i' : '').test(path)) ?? prefixes[0];
}

/** The last one of a name, the location's before the server's. */
export function setting(name: string, ...levels: readonly (readonly Directive[] | undefined)[]): readonly string[] | undefined {
  for (const level of levels) {
    const found = level?.filter((directive) => directive.name === name).pop();
    if (found) return found.args;
  }
  return undefined;
}
