export interface RuleEndpoint {
  readonly address: string;
  readonly port: number;
  readonly node?: string;
}

/**
 * What kube-proxy programs on its node and packets follow (as iptables or nftables would). Frozen in place when
 * kube-proxy stops: rules outlive their writer.
 */
export interface ServiceRule {
  /** `default/web:http` */
  readonly service: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  /** ClusterIP, external IP or load balancer address; '' for a node port, which matches every node address. */
  readonly address: string;
  readonly port: number;
  readonly endpoints: readonly RuleEndpoint[];
  /** Endpoints exist, but none that this traffic policy allows here: packets vanish instead of being refused. */
  readonly drop?: boolean;
  /** The endpoint sees the node's address, not the caller's. */
  readonly masquerade?: boolean;
  readonly sessionAffinitySeconds?: number;
}

export interface RuleTable {
  readonly rules: readonly ServiceRule[];
  replace(rules: readonly ServiceRule[]): void;
}
