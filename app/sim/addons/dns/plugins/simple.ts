import { failure, zoneFor, type DnsPlugin, type DnsReply, type PluginContext } from '../plugin.ts';

/** Keeps what was answered for a while. models coredns plugin/cache */
export function cache({ directive, clock }: PluginContext): DnsPlugin {
  const most = Number(directive.args.find((arg) => /^\d+$/.test(arg)) ?? 3_600) * 1000;
  const known = new Map<string, { until: number; storedAt: number; reply: DnsReply }>();
  const disabled = (kind: string): string[] => directive.body.filter(({ name, args }) => name === 'disable' && args[0] === kind).flatMap(({ args }) => (args.length > 1 ? args.slice(1) : ['']));
  const zones = { success: disabled('success'), denial: disabled('denial') };
  return {
    async resolve(question, next) {
      const key = `${question.name}/${question.type}`;
      const hit = known.get(key);
      const now = clock.now();
      if (hit && now < hit.until) return aged(hit.reply, Math.floor((now - hit.storedAt) / 1000));
      const reply = await next(question);
      if (reply.code === 'SERVFAIL' || reply.code === 'REFUSED' || zoneFor(question.name, reply.answers.length > 0 ? zones.success : zones.denial) !== undefined) return reply;
      const ttl = Math.min(most, 1000 * Math.min(...[...reply.answers, ...(reply.authorities ?? [])].map((answer) => (answer as { ttl?: number }).ttl ?? 0), 3_600));
      if (ttl > 0) known.set(key, { until: now + ttl, storedAt: now, reply });
      if (known.size > 10_000) known.clear();
      return reply;
    },
  };
}

function aged(reply: DnsReply, seconds: number): DnsReply {
  return seconds === 0 ? reply : { ...reply, answers: reply.answers.map((answer) => ({ ...answer, ttl: Math.max(0, ((answer as { ttl?: number }).ttl ?? 0) - seconds) }) as typeof answer) };
}

/** Another order each time. models coredns plugin/loadbalance: round_robin */
export function loadbalance(): DnsPlugin {
  let turn = 0;
  return {
    async resolve(question, next) {
      const reply = await next(question);
      const addresses = reply.answers.filter((answer) => answer.type === 'A');
      if (addresses.length < 2) return reply;
      const shift = turn++ % addresses.length;
      return { ...reply, answers: [...reply.answers.filter((answer) => answer.type !== 'A'), ...addresses.slice(shift), ...addresses.slice(0, shift)] };
    },
  };
}

/** One line a query. models coredns plugin/log */
export function log({ log: write, clock }: PluginContext): DnsPlugin {
  let id = 0;
  return {
    async resolve(question, next) {
      const startedAt = clock.now();
      const reply = await next(question);
      const size = 40 + question.name.length;
      write(`[INFO] ${question.client} - ${(id = (id + 7_919) % 65_536)} "${question.type} IN ${question.name}. udp ${size} false 512" ${reply.code} qr,${reply.authoritative ? 'aa,' : ''}rd ${size + 16 * reply.answers.length} ${((clock.now() - startedAt) / 1000 + 0.000_1).toFixed(9)}s`);
      return reply;
    },
  };
}

/** `hosts { 10.0.0.1 name  fallthrough }` or a file. models coredns plugin/hosts */
export function hosts({ directive, readFile }: PluginContext): DnsPlugin {
  const file = directive.args[0]?.startsWith('/') ? (readFile(directive.args[0]) ?? '') : '';
  const lines = [...file.split('\n').map((line) => line.replace(/#.*/, '').trim().split(/\s+/)), ...directive.body.map(({ name, args }) => [name, ...args])];
  const byName = new Map<string, string[]>();
  for (const [address = '', ...names] of lines) if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) for (const name of names) byName.set(name.toLowerCase(), [...(byName.get(name.toLowerCase()) ?? []), address]);
  const falls = directive.body.some(({ name }) => name === 'fallthrough');
  return {
    async resolve(question, next) {
      const found = byName.get(question.name);
      if (!found) return falls || byName.size === 0 ? next(question) : failure('NXDOMAIN');
      return { code: 'NOERROR', answers: question.type === 'A' ? found.map((data) => ({ type: 'A' as const, name: question.name, ttl: 3_600, data })) : [], authoritative: true };
    },
  };
}

/** `rewrite name [exact|suffix|prefix|substring|regex] FROM TO`, with answers under the name asked for. models coredns plugin/rewrite */
export function rewrite({ directive }: PluginContext): DnsPlugin {
  const words = directive.args.filter((arg) => arg !== 'stop' && arg !== 'continue');
  const [field = '', second = '', ...rest] = words;
  const kinds = ['exact', 'suffix', 'prefix', 'substring', 'regex'];
  const [kind, from = '', to = ''] = kinds.includes(second) ? [second, ...rest] : ['exact', second, ...rest];
  const [plainFrom, plainTo] = [from.replace(/\.$/, ''), to.replace(/\.$/, '')];
  const change = (name: string): string => {
    if (kind === 'exact') return name === plainFrom ? plainTo : name;
    if (kind === 'suffix') return name.endsWith(plainFrom) ? name.slice(0, name.length - plainFrom.length) + plainTo : name;
    if (kind === 'prefix') return name.startsWith(plainFrom) ? plainTo + name.slice(plainFrom.length) : name;
    if (kind === 'substring') return name.replace(plainFrom, plainTo);
    return `${name}.`.replace(new RegExp(from), to.replace(/\{(\d+)\}/g, '$$$1')).replace(/\.$/, '');
  };
  return {
    async resolve(question, next) {
      const name = field === 'name' ? change(question.name) : question.name;
      if (name === question.name) return next(question);
      const reply = await next({ ...question, name });
      return { ...reply, answers: reply.answers.map((answer) => (answer.name === name ? { ...answer, name: question.name } : answer)) };
    },
  };
}

/** Answers every query of its zones the same way. models coredns plugin/template, `rcode` and `answer` of fixed addresses */
export function template({ directive }: PluginContext): DnsPlugin {
  const zones = directive.args.slice(2).map((zone) => zone.replace(/\.$/, ''));
  const code = directive.body.find(({ name }) => name === 'rcode')?.args[0];
  const address = /\bA\s+(\d+\.\d+\.\d+\.\d+)/.exec(directive.body.find(({ name }) => name === 'answer')?.args.join(' ') ?? '')?.[1];
  return {
    async resolve(question, next) {
      if (zones.length > 0 && !zones.some((zone) => question.name === zone || question.name.endsWith(`.${zone}`))) return next(question);
      if (code) return failure(code as DnsReply['code']);
      return { code: 'NOERROR', answers: address && question.type === 'A' ? [{ type: 'A', name: question.name, ttl: 60, data: address }] : [], authoritative: true };
    },
  };
}
