import type { CheckContext, CheckType } from './check.ts';
import { evaluateOver } from './expression.ts';

/** A request from inside the cluster, and what must come back. */
export const http: CheckType<'http'> = {
  kind: 'http',
  async run({ url: written, node, pod, code, body, fails }, context) {
    const { cluster } = context;
    const url = await filledIn(written, context).catch(() => undefined);
    if (url === undefined) return { passed: false, expected: `an answer from ${written}`, observed: 'there is no such address yet' };
    const expected = fails ? `no answer from ${url}` : `${url} answers ${code ?? 200}${body ? ` with ${body}` : ''}`;
    const inside = cluster.capability('inside');
    if (!inside) return { passed: false, expected, observed: 'this cluster cannot be asked from inside' };
    if (cluster.capability('time')?.state.paused) return { passed: false, expected, observed: 'time stands still, and so do packets' };
    try {
      const answer = await inside.get(url, { silent: true, ...(node ? { node } : {}), ...(pod ? { pod } : {}) });
      return { passed: !fails && answer.code === (code ?? 200) && (body === undefined || answer.body.includes(body)), expected, observed: `${answer.code}: ${answer.body.slice(0, 80)}` };
    } catch (error) {
      return { passed: fails === true, expected, observed: error instanceof Error ? error.message : String(error) };
    }
  },
};

/** `http://{{services[0].spec.clusterIP}}`: what stands in double braces is an expression over listed objects. @throws when it has no value */
async function filledIn(url: string, context: CheckContext): Promise<string> {
  const parts = url.split(/\{\{(.+?)\}\}/);
  const values = await Promise.all(parts.map((part, index) => (index % 2 === 0 ? part : evaluateOver(part, context).then(String))));
  return values.join('');
}
