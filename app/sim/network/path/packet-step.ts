/** One thing that happens to a packet on its way, as data for an inspector. */
export type PacketStep = { readonly node: string } & (
  | { readonly kind: 'sent'; readonly source: string; readonly target: string }
  /** A rule of kube-proxy on that node fits. */
  | { readonly kind: 'rule'; readonly service: string; readonly rule: string; readonly endpoints: readonly string[]; readonly drop?: boolean; readonly masquerade?: boolean }
  | { readonly kind: 'endpoint'; readonly target: string; readonly how: string }
  | { readonly kind: 'policy'; readonly direction: 'ingress' | 'egress'; readonly allowed: boolean }
  | { readonly kind: 'wire'; readonly from: string; readonly latencyMs: number; readonly lossPercent: number; readonly up: boolean }
  | { readonly kind: 'arrived'; readonly target: string; readonly process: string; readonly source: string }
  | { readonly kind: 'lost' | 'refused'; readonly reason: string }
);
