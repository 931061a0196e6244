import type { Clock } from '../../base/clock/index.ts';
import { DisposableStore, type Disposable } from '../../base/lifecycle/index.ts';
import { ApiClient } from '../client/api-client.ts';
import type { Transport } from '../machinery/transport.ts';
import { apiServerLoops } from './index.ts';

/** Runs them, from the start of the API server to its stop. */
export class ApiServerLoops implements Disposable {
  readonly #transport: Transport;
  readonly #clock: Clock;
  #life: DisposableStore | undefined;

  /** @param transport as system:apiserver, the server's loopback client. */
  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  start(): void {
    if (this.#life) return;
    const life = (this.#life = new DisposableStore());
    for (const loop of apiServerLoops) life.add(loop.start({ clock: this.#clock, client: new ApiClient(this.#transport), life }));
  }

  stop(): void {
    this.#life?.dispose();
    this.#life = undefined;
  }

  dispose(): void {
    this.stop();
  }
}
