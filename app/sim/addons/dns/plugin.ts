import type { Answer, RecordType } from 'dns-packet';
import type { Clock } from '../../../base/clock/index.ts';
import type { ApiClient } from '../../client/api-client.ts';
import type { NetworkNamespace } from '../../network/network.ts';
import type { Directive } from './corefile.ts';

export interface DnsQuestion {
  /** In lower case, without the last dot. */
  readonly name: string;
  readonly type: RecordType;
  /** Who asks: `10.244.1.7:40123`. */
  readonly client: string;
}

export type ReplyCode = 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';

export interface DnsReply {
  readonly code: ReplyCode;
  readonly answers: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
  readonly authoritative?: boolean;
}

/** What a plug-in is given when its server starts. */
export interface PluginContext {
  readonly directive: Directive;
  /** Zones of the server block. */
  readonly zones: readonly string[];
  readonly clock: Clock;
  readonly client: ApiClient;
  readonly network: NetworkNamespace;
  readFile(path: string): string | undefined;
  log(line: string): void;
  /** Resolves a name through the whole server again, as a CNAME's target needs. */
  lookup(question: DnsQuestion): Promise<DnsReply>;
}

/** One plug-in in the chain of a server: answers, changes what others answer, or only listens. */
export interface DnsPlugin {
  resolve?(question: DnsQuestion, next: (question: DnsQuestion) => Promise<DnsReply>): Promise<DnsReply>;
  /** Whether the server may say that it is ready. */
  isReady?(): boolean;
  dispose?(): void;
}

export type PluginFactory = (context: PluginContext) => DnsPlugin;

/** The zone that a name belongs to: the longest of those given. */
export function zoneFor(name: string, zones: readonly string[]): string | undefined {
  return [...zones].sort((a, b) => b.length - a.length).find((zone) => zone === '' || name === zone || name.endsWith(`.${zone}`));
}

export const failure = (code: ReplyCode): DnsReply => ({ code, answers: [] });
