import { decode, encode, type Packet } from 'dns-packet';
import { exchange } from '../../../network/dns/exchange.ts';
import { failure, zoneFor, type DnsPlugin, type DnsReply, type PluginContext, type ReplyCode } from '../plugin.ts';

const TIMEOUT_MS = 2_000;

/** Sends on what it does not know: `forward . /etc/resolv.conf`. models coredns plugin/forward */
export function forward(context: PluginContext): DnsPlugin {
  const [from = '.', ...to] = context.directive.args;
  const zone = from.replace(/\.$/, '').toLowerCase();
  return {
    async resolve(question, next) {
      if (zoneFor(question.name, [zone]) === undefined) return next(question);
      for (const server of to.flatMap((target) => upstreams(target, context))) {
        const reply = await ask(server, question.name, question.type, context);
        if (reply) return reply;
      }
      context.log(`[ERROR] plugin/errors: 2 ${question.name}. ${question.type}: no upstream answered`);
      return failure('SERVFAIL');
    },
  };
}

/** Servers by address, or those of a resolv.conf. */
function upstreams(target: string, { readFile }: PluginContext): { host: string; port: number }[] {
  if (target.startsWith('/')) return [...(readFile(target) ?? '').matchAll(/^nameserver\s+(\S+)/gm)].map((match) => ({ host: match[1]!, port: 53 }));
  const [host = '', port = '53'] = target.replace(/^dns:\/\//, '').split(':');
  return [{ host, port: Number(port) }];
}

async function ask({ host, port }: { host: string; port: number }, name: string, type: DnsPluginQuestionType, context: PluginContext): Promise<DnsReply | undefined> {
  try {
    const bytes = await exchange(context.network, context.clock, host, port, new Uint8Array(encode({ type: 'query', id: 1, flags: 0x100, questions: [{ type, name }] })), TIMEOUT_MS);
    const packet = decode(Buffer.from(bytes)) as Packet & { rcode?: string };
    return { code: (packet.rcode ?? 'NOERROR') as ReplyCode, answers: packet.answers ?? [], authorities: packet.authorities ?? [] };
  } catch {
    return undefined;
  }
}

type DnsPluginQuestionType = Parameters<NonNullable<DnsPlugin['resolve']>>[0]['type'];
