import type { ErrorData, OrreryBridge, PushChannel, Pushes, RequestChannel, Requests } from '../../app/contracts/ipc/index.ts';

declare global {
  interface Window {
    readonly orrery?: OrreryBridge;
  }
}

/** An answer that was a refusal: what happened and what to do. */
export class RequestError extends Error {
  readonly code: string;
  readonly remedy: string | undefined;

  constructor({ code, message, remedy }: ErrorData) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

/** What the window's state talks through. */
export interface Bridge {
  request<C extends RequestChannel>(channel: C, ...payload: Requests[C][0] extends void ? [] : [Requests[C][0]]): Promise<Requests[C][1]>;
  on<C extends PushChannel>(channel: C, listener: (value: Pushes[C]) => void): () => void;
}

/** Over `window.orrery`, which the preload script made. */
export function connect(orrery: OrreryBridge): Bridge {
  return {
    async request(channel, ...payload) {
      const answer = await orrery.request(channel, ...payload);
      if (answer.ok) return answer.value;
      throw new RequestError(answer.error);
    },
    on: (channel, listener) => orrery.on(channel, listener),
  };
}

if (!window.orrery) document.body.textContent = 'This page belongs to the Orrery app and does nothing by itself.';
export const bridge: Bridge = connect(window.orrery!);
