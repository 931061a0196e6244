import type { Clock, Random } from '../../../base/clock/index.ts';
import type { RuleEndpoint, RuleTable, ServiceRule } from '../service-rules.ts';
import type { Protocol } from '../network.ts';

interface Affinity {
  readonly endpoint: string;
  readonly lastSeen: number;
}

/** The rules of one node, as kube-proxy left them, and which client went where (the kernel's part of ClientIP affinity). */
export class NodeRules implements RuleTable {
  rules: readonly ServiceRule[] = [];
  readonly #byTarget = new Map<string, ServiceRule>();
  readonly #affinity = new Map<string, Affinity>();
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  replace(rules: readonly ServiceRule[]): void {
    this.rules = rules;
    this.#byTarget.clear();
    for (const rule of rules) this.#byTarget.set(`${rule.address}:${rule.port}/${rule.protocol}`, rule);
  }

  find(address: string, port: number, protocol: Protocol, isNodeAddress: boolean): ServiceRule | undefined {
    const target = `${port}/${protocol.toUpperCase()}`;
    return this.#byTarget.get(`${address}:${target}`) ?? (isNodeAddress ? this.#byTarget.get(`:${target}`) : undefined);
  }

  /** Any of the rule's addresses, whatever the port. */
  owns(address: string): boolean {
    return this.rules.some((rule) => rule.address === address);
  }

  /** An endpoint by chance, or the one that this client had before. */
  choose(rule: ServiceRule, client: string): RuleEndpoint | undefined {
    if (rule.endpoints.length === 0) return undefined;
    const chance = (): RuleEndpoint => rule.endpoints[this.#random.int(rule.endpoints.length)]!;
    if (rule.sessionAffinitySeconds === undefined) return chance();
    const key = `${client} ${rule.service}`;
    const now = this.#clock.now();
    const known = this.#affinity.get(key);
    const isFresh = known !== undefined && now - known.lastSeen < rule.sessionAffinitySeconds * 1000;
    const endpoint = (isFresh && rule.endpoints.find((candidate) => nameOf(candidate) === known.endpoint)) || chance();
    this.#affinity.set(key, { endpoint: nameOf(endpoint), lastSeen: now });
    return endpoint;
  }

  /** The endpoint that affinity holds for a client, if any: nothing is chosen. */
  remembered(rule: ServiceRule, client: string): RuleEndpoint | undefined {
    const known = rule.sessionAffinitySeconds === undefined ? undefined : this.#affinity.get(`${client} ${rule.service}`);
    const isFresh = known !== undefined && this.#clock.now() - known.lastSeen < rule.sessionAffinitySeconds! * 1000;
    return isFresh ? rule.endpoints.find((candidate) => nameOf(candidate) === known.endpoint) : undefined;
  }
}

function nameOf({ address, port }: RuleEndpoint): string {
  return `${address}:${port}`;
}
