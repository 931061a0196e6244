import { OrreryError, toErrorData } from '../../base/errors/index.ts';
import type { PushChannel, Pushes, RequestChannel, Requests } from '../../contracts/ipc/index.ts';
import type { HostPort, ToHost } from './messages.ts';

/** Answers by channel; what a host does not serve is missing. */
export type Handlers = { readonly [C in RequestChannel]?: (payload: Requests[C][0]) => Promise<Requests[C][1]> | Requests[C][1] };

export type Push = <C extends PushChannel>(channel: C, value: Pushes[C]) => void;

export interface Served {
  readonly handlers: Handlers;
  dispose(): Promise<void> | void;
}

/**
 * The utility process's side of the wire. Requests that arrive while it is still starting wait; errors travel as data;
 * pings are answered at once, so that a blocked event loop shows.
 */
export function serve<Config>(port: HostPort, start: (config: Config, push: Push) => Promise<Served>, exit: (code: number) => void): void {
  let served: Promise<Served> | undefined;
  const push: Push = (channel, value) => port.postMessage({ type: 'push', channel, value } as Parameters<HostPort['postMessage']>[0]);
  const answer = async ({ id, channel, payload }: Extract<ToHost, { type: 'request' }>): Promise<void> => {
    try {
      const handler = (await served)?.handlers[channel] as ((payload: unknown) => unknown) | undefined;
      if (!handler) throw new OrreryError('unknown-channel', `This process does not serve ${channel}.`);
      port.postMessage({ type: 'answer', id, answer: { ok: true, value: await handler(payload) } });
    } catch (error) {
      port.postMessage({ type: 'answer', id, answer: { ok: false, error: toErrorData(error) } });
    }
  };
  port.on('message', ({ data }) => {
    if (data.type === 'ping') port.postMessage({ type: 'pong', id: data.id });
    else if (data.type === 'request') void answer(data);
    else if (data.type === 'stop') void Promise.resolve(served).then((one) => one?.dispose()).finally(() => exit(0));
    else {
      served = start(data.config as Config, push);
      served.then(
        () => port.postMessage({ type: 'started' }),
        (error: unknown) => {
          const { message, remedy } = toErrorData(error);
          push('notice', { id: 'host-start', severity: 'error', title: 'A part of Orrery could not start', message, ...(remedy ? { remedy } : {}) });
        },
      );
    }
  });
}
