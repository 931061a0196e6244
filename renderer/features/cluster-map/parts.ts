/** What the diagram knows of parts by name: their hue's key, their title, and what they are for, in two sentences. */
export interface PartInfo {
  /** `data-part`, which carries the hue. */
  readonly hue: string;
  readonly title: string;
  readonly what: string;
}

const INFO: Readonly<Record<string, Omit<PartInfo, 'hue'>>> = {
  you: { title: 'You', what: 'Whoever sits at the terminal. kubectl sends HTTPS requests to kube-apiserver and to nobody else.' },
  'kube-apiserver': { title: 'kube-apiserver', what: 'The one door. It checks who asks, whether they may, and whether the object is right; then it stores it and tells everyone who watches.' },
  etcd: { title: 'etcd', what: 'The memory. It keeps every object as a key with a revision, and only kube-apiserver talks to it.' },
  'kube-scheduler': { title: 'kube-scheduler', what: 'Picks a node for each Pod that has none: filters the nodes that cannot take it, scores the rest, writes the winner into the Pod.' },
  'kube-controller-manager': { title: 'kube-controller-manager', what: 'Many small loops in one process. Each compares what is with what should be, and asks kube-apiserver for the difference.' },
  'cloud-controller-manager': { title: 'cloud-controller-manager', what: 'Orders at a cloud what the cluster asks for: load balancers in front of Services, routes to nodes. It also takes nodes away whose machine is gone.' },
  kubelet: { title: 'kubelet', what: 'The agent of one node. It watches for Pods with its node’s name, has their containers run, and reports what became of them.' },
  'kube-proxy': { title: 'kube-proxy', what: 'Turns Services and their endpoints into rules on its node. Packets follow the rules; kube-proxy never touches one.' },
  'container-runtime': { title: 'container runtime', what: 'Pulls images and runs containers. The kubelet tells it what to do; nobody else does.' },
  pod: { title: 'Pod', what: 'One or more containers that share an address and live and die together on one node.' },
  node: { title: 'Node', what: 'A machine of the cluster.' },
};

/** `kubelet/worker-1` → `kubelet`; `pod/default/web` → `pod`. */
export function kindOf(id: string): string {
  return id.split('/', 1)[0]!;
}

export function partInfo(id: string): PartInfo {
  const kind = kindOf(id);
  return { hue: kind, ...(INFO[kind] ?? { title: kind, what: '' }) };
}

/** `kubelet on worker-1`, `Pod web in lab` */
export function spokenName(id: string): string {
  const [kind = '', a = '', b = ''] = id.split('/');
  if (kind === 'pod') return `Pod ${b} in ${a}`;
  if (kind === 'node') return `node ${a}`;
  return a ? `${partInfo(id).title} on ${a}` : partInfo(id).title;
}
