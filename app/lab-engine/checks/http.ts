import type { CheckType } from './check.ts';

/** A request from inside the cluster, and what must come back. */
export const http: CheckType<'http'> = {
  kind: 'http',
  async run({ url, node, code, body, fails }, { cluster }) {
    const expected = fails ? `no answer from ${url}` : `${url} answers ${code ?? 200}${body ? ` with ${body}` : ''}`;
    const inside = cluster.capability('inside');
    if (!inside) return { passed: false, expected, observed: 'this cluster cannot be asked from inside' };
    if (cluster.capability('time')?.state.paused) return { passed: false, expected, observed: 'time stands still, and so do packets' };
    try {
      const answer = await inside.get(url, { silent: true, ...(node ? { node } : {}) });
      return { passed: !fails && answer.code === (code ?? 200) && (body === undefined || answer.body.includes(body)), expected, observed: `${answer.code}: ${answer.body.slice(0, 80)}` };
    } catch (error) {
      return { passed: fails === true, expected, observed: error instanceof Error ? error.message : String(error) };
    }
  },
};
