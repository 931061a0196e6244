import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { PodSandboxConfig } from '../../container-runtime/cri.ts';

export const CLUSTER_DOMAIN = 'cluster.local';
/** models kubelet configuration: clusterDNS, resolvConf (here: a kind node's) and pkg/apis/core/validation: the limits */
const CLUSTER_DNS = '10.96.0.10';
const NODE_DNS: Dns = { servers: ['172.18.0.1'], searches: [], options: ['edns0', 'trust-ad', 'ndots:0'] };
const MOST_SERVERS = 3;
const MOST_SEARCHES = 32;

type Dns = PodSandboxConfig['dns'];

/** What goes into a Pod's /etc/resolv.conf. models pkg/kubelet/network/dns: Configurer.GetPodDNS */
export function podDns({ metadata: { namespace }, spec }: Stored<Pod>): Dns {
  const policy = spec?.dnsPolicy ?? 'ClusterFirst';
  const isCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !spec?.hostNetwork);
  const base: Dns = isCluster
    ? { servers: [CLUSTER_DNS], searches: [`${namespace}.svc.${CLUSTER_DOMAIN}`, `svc.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN, ...NODE_DNS.searches], options: ['ndots:5'] }
    : policy === 'None' ? { servers: [], searches: [], options: [] } : NODE_DNS;
  const extra = spec?.dnsConfig;
  if (!extra) return base;
  const options = new Map(base.options.map((option): [string, string] => [option.split(':')[0]!, option]));
  for (const { name = '', value } of extra.options ?? []) options.set(name, value === undefined ? name : `${name}:${value}`);
  const distinct = (items: readonly string[], most: number): string[] => [...new Set(items)].slice(0, most);
  return { servers: distinct([...base.servers, ...(extra.nameservers ?? [])], MOST_SERVERS), searches: distinct([...base.searches, ...(extra.searches ?? [])], MOST_SEARCHES), options: [...options.values()] };
}
