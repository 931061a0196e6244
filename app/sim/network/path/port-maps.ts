import type { PortMapping, Protocol } from '../network.ts';

interface Entry extends PortMapping {
  readonly sandboxId: string;
  readonly podAddress: string;
}

/** Ports of one node that lead into its Pods, as the CNI plug-in portmap writes them: a rule per mapping, and the first that fits wins. models containernetworking/plugins: portmap */
export class PortMaps {
  #entries: readonly Entry[] = [];

  add(sandboxId: string, podAddress: string, mappings: readonly PortMapping[]): void {
    this.#entries = [...this.#entries, ...mappings.map((mapping) => ({ ...mapping, sandboxId, podAddress }))];
  }

  remove(sandboxId: string): void {
    this.#entries = this.#entries.filter((entry) => entry.sandboxId !== sandboxId);
  }

  /** Where a port of an address of this node leads. */
  find(address: string, port: number, protocol: Protocol): { address: string; port: number } | undefined {
    const found = this.#entries.find(({ hostPort, hostIP, protocol: own }) => hostPort === port && own === protocol && (hostIP === '' || hostIP === '0.0.0.0' || hostIP === address));
    return found && { address: found.podAddress, port: found.containerPort };
  }
}
