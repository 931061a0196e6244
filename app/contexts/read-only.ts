import { OrreryError } from '../base/errors/index.ts';
import type { Channel, Exchange } from '../cluster/kube-client/connection.ts';

/** Reads by their method that act all the same: programs are started, connections opened into the cluster. */
const ACTING = /\/(exec|attach|portforward|proxy)(\/|\?|$)/;

/** True when this request can change nothing. */
export function isReading({ method, path }: Pick<Exchange, 'method' | 'path'>): boolean {
  return (method === 'GET' || method === 'HEAD') && !ACTING.test(decodeURI(path));
}

/** A way to an API server on which nothing but reading is possible, whoever asks. */
export function readOnly(channel: Channel, name: string): Channel {
  return {
    async open(exchange) {
      if (isReading(exchange)) return channel.open(exchange);
      throw new OrreryError('read-only', `${exchange.method} ${exchange.path.split('?')[0]}: ${name} is looked at only; Orrery changes nothing in it.`, { remedy: 'Use the simulated cluster, or kubectl in a terminal of your own.' });
    },
    dispose: () => channel.dispose(),
  };
}
