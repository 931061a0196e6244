import { createHash } from 'node:crypto';
import { decode, encode, RECURSION_DESIRED, type Packet, type RecordType } from 'dns-packet';
import type { Clock } from '../../../base/clock/index.ts';
import { DisposableStore, toDisposable, type Disposable } from '../../../base/lifecycle/index.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { serveHttp, type HttpResponse } from '../../container-runtime/images/http-server.ts';
import type { Connection } from '../../machinery/streams.ts';
import type { NetworkNamespace } from '../../network/network.ts';
import { CorefileError, parseCorefile, type ServerBlock } from './corefile.ts';
import { failure, zoneFor, type DnsPlugin, type DnsQuestion, type DnsReply, type ReplyCode } from './plugin.ts';
import { plugins } from './plugins/index.ts';

const CODES: Readonly<Record<ReplyCode, number>> = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };
const AUTHORITATIVE = 0x0400;
const RECURSION_AVAILABLE = 0x0080;
const RELOAD_MS = 30_000;

export interface CoreDnsOptions {
  readonly configuration: string;
  readonly network: NetworkNamespace;
  readonly clock: Clock;
  readonly client: ApiClient;
  readFile(path: string): string | undefined;
  log(line: string): void;
}

interface Server {
  readonly block: ServerBlock;
  readonly chain: readonly DnsPlugin[];
}

/**
 * The cluster's DNS server, as the Corefile has it.
 * @throws CorefileError at the start, when the Corefile is none; a later change that is none is only complained about.
 */
export class CoreDns implements Disposable {
  readonly #options: CoreDnsOptions;
  readonly #life = new DisposableStore();
  #servers: readonly Server[] = [];
  #text = '';
  readonly #counts = new Map<string, number>();

  constructor(options: CoreDnsOptions) {
    this.#options = options;
    this.#load(true);
    this.#listen();
    this.#watchFile();
  }

  get lameDuckMs(): number {
    return 1000 * Number(/^(\d+)s$/.exec(this.#directive('health')?.body.find(({ name }) => name === 'lameduck')?.args[0] ?? '')?.[1] ?? 0);
  }

  dispose(): void {
    this.#life.dispose();
    for (const { chain } of this.#servers) for (const plugin of chain) plugin.dispose?.();
  }

  async answer(question: DnsQuestion): Promise<DnsReply> {
    const zones = this.#servers.flatMap(({ block }) => block.zones);
    const zone = zoneFor(question.name, zones);
    const server = this.#servers.find(({ block }) => zone !== undefined && block.zones.includes(zone));
    if (!server) return failure('REFUSED');
    const step = (index: number) => (asked: DnsQuestion): Promise<DnsReply> => {
      for (let at = index; at < server.chain.length; at++) {
        const plugin = server.chain[at]!;
        if (plugin.resolve) return plugin.resolve(asked, step(at + 1));
      }
      return Promise.resolve(failure('REFUSED'));
    };
    return step(0)(question);
  }

  #load(isFirst: boolean): void {
    const { readFile, configuration, log } = this.#options;
    const text = readFile(configuration);
    if (text === undefined) throw new CorefileError(`loading Caddyfile via flag: open ${configuration}: no such file or directory`);
    const servers = parseCorefile(text, configuration).map((block): Server => ({ block, chain: this.#chain(block, configuration) }));
    const former = this.#servers;
    this.#servers = servers;
    this.#text = text;
    for (const { chain } of former) for (const plugin of chain) plugin.dispose?.();
    if (isFirst) for (const { block } of servers) for (const zone of block.zones) log(`${zone === '' ? '.' : `${zone}.`}:${block.port}`);
    if (this.#directive('reload')) log(`[INFO] plugin/reload: Running configuration SHA512 = ${createHash('sha512').update(text).digest('hex')}`);
    if (isFirst) log('CoreDNS-1.13.1\nlinux/amd64, go1.25.2, 1db4568');
  }

  #chain(block: ServerBlock, file: string): DnsPlugin[] {
    const known = new Set(plugins.map(([name]) => name));
    const unknown = block.directives.find(({ name }) => !known.has(name));
    if (unknown) throw new CorefileError(`${file}:${unknown.line} - Error during parsing: Unknown directive '${unknown.name}'`);
    const { clock, client, network, readFile, log } = this.#options;
    return plugins.flatMap(([name, make]) =>
      block.directives.filter((directive) => directive.name === name).map((directive) => make({ directive, zones: block.zones, clock, client, network, readFile, log, lookup: (question) => this.answer({ ...question, name: question.name.toLowerCase().replace(/\.$/, '') }) })),
    );
  }

  #directive(name: string): ServerBlock['directives'][number] | undefined {
    return this.#servers.flatMap(({ block }) => block.directives).find((directive) => directive.name === name);
  }

  #listen(): void {
    const { network } = this.#options;
    for (const port of new Set(this.#servers.map(({ block }) => block.port))) {
      for (const protocol of ['udp', 'tcp'] as const) this.#add(network.listen({ port, protocol, process: 'coredns' }, (connection) => void this.#serve(connection, protocol === 'tcp')));
    }
    this.#http('health', 8080, '/health', () => ({ status: 200, text: 'OK' }));
    this.#http('ready', 8181, '/ready', () => {
      const waiting = this.#servers.flatMap(({ chain }) => chain).some((plugin) => plugin.isReady?.() === false);
      return waiting ? { status: 503, text: 'kubernetes' } : { status: 200, text: 'OK' };
    });
    this.#http('prometheus', 9153, '/metrics', () => ({ status: 200, text: this.#metrics() }));
  }

  #http(directive: string, port: number, path: string, answer: () => { status: number; text: string }): void {
    if (!this.#directive(directive)) return;
    const respond = (asked: string): HttpResponse => {
      const { status, text } = asked === path ? answer() : { status: 404, text: '404 page not found\n' };
      return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: Buffer.from(text) };
    };
    this.#add(this.#options.network.listen({ port, process: 'coredns' }, (connection) => void serveHttp(connection, (request) => respond(request.path))));
  }

  #metrics(): string {
    const lines = [...this.#counts].map(([labels, count]) => `coredns_dns_requests_total{${labels}} ${count}`);
    return ['# HELP coredns_dns_requests_total Counter of DNS requests made per zone, protocol and family.', '# TYPE coredns_dns_requests_total counter', ...lines, ''].join('\n');
  }

  #add(server: { close(): void }): void {
    this.#life.add(toDisposable(() => server.close()));
  }

  /** Datagrams, or messages with their length before them. */
  async #serve(connection: Connection, isStream: boolean): Promise<void> {
    let rest = Buffer.alloc(0);
    for await (const chunk of connection.input) {
      if (!isStream) {
        const reply = await this.#reply(Buffer.from(chunk), connection.remoteAddress);
        if (reply) connection.output.write(new Uint8Array(reply));
        continue;
      }
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const reply = await this.#reply(rest.subarray(2, 2 + rest.readUInt16BE(0)), connection.remoteAddress);
        rest = rest.subarray(2 + rest.readUInt16BE(0));
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply?.length ?? 0);
        if (reply) connection.output.write(new Uint8Array(Buffer.concat([length, reply])));
      }
    }
    connection.close();
  }

  async #reply(bytes: Buffer, client: string): Promise<Buffer | undefined> {
    let query: Packet;
    try {
      query = decode(bytes);
    } catch {
      return undefined;
    }
    const asked = query.questions?.[0];
    if (!asked) return undefined;
    const labels = `family="1",proto="udp",server="dns://:53",type=${JSON.stringify(asked.type)},view="",zone="."`;
    this.#counts.set(labels, (this.#counts.get(labels) ?? 0) + 1);
    const reply = await this.answer({ name: asked.name.toLowerCase().replace(/\.$/, ''), type: asked.type as RecordType, client }).catch(() => failure('SERVFAIL'));
    const flags = RECURSION_DESIRED | RECURSION_AVAILABLE | (reply.authoritative ? AUTHORITATIVE : 0) | CODES[reply.code];
    return encode({ type: 'response', id: query.id ?? 0, flags, questions: [asked], answers: [...reply.answers], authorities: [...(reply.authorities ?? [])], additionals: [...(reply.additionals ?? [])] });
  }

  /** models coredns plugin/reload: looks at the file every 30 seconds */
  #watchFile(): void {
    const { clock, readFile, configuration, log } = this.#options;
    const timer = this.#life.add(clock.schedule(RELOAD_MS, () => {
      this.#life.release(timer);
      if (this.#directive('reload') && (readFile(configuration) ?? this.#text) !== this.#text) {
        log('[INFO] Reloading');
        try {
          this.#load(false);
          log('[INFO] Reloading complete');
        } catch (error) {
          this.#text = readFile(configuration) ?? '';
          log(`[ERROR] Restart failed: ${(error as Error).message}`);
        }
      }
      this.#watchFile();
    }));
  }
}
