import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Agent } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Channel, Exchange } from '../cluster/kube-client/connection.ts';

/**
 * HTTPS to the server of a kubeconfig's current context. Who the user is, the client library finds out for each request:
 * certificates, tokens that are read anew from their file, commands of a cloud, proxies.
 */
export class ContextConnection implements Channel {
  readonly #config: KubeConfig;
  readonly #server: string;
  readonly #agents = new Set<Agent>();

  constructor(config: KubeConfig) {
    this.#config = config;
    this.#server = config.getCurrentCluster()!.server;
  }

  async open({ method, path, body, headers, signal }: Exchange): ReturnType<Channel['open']> {
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    if (options.agent) this.#agents.add(options.agent as Agent);
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(`${this.#server.replace(/\/$/, '')}${path}`, {
        ...options, method, signal,
        headers: { accept: 'application/json', 'user-agent': 'orrery/0.1', ...(options.headers as Record<string, string> | undefined), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      });
      sent.on('response', resolve).on('error', reject);
      sent.end(body);
    });
  }

  dispose(): void {
    for (const agent of this.#agents) agent.destroy();
    this.#agents.clear();
  }
}
