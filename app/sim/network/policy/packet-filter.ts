export interface Packet {
  readonly source: string;
  readonly target: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
}

/** What a node lets in and out of its Pods. */
export interface PacketFilter {
  allows(direction: 'ingress' | 'egress', packet: Packet): boolean;
}
