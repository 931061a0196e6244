import type { ContainerView, NodeView, PodView, ServiceView } from '../../contracts/ipc/map.ts';
import type { ContainerStatus, EndpointSlice, Node, Pod, Service } from '../../contracts/k8s/index.ts';
import type { TableRow } from '../cluster.ts';

type Rows<T> = ReadonlyMap<string, TableRow<T>>;

const STATIC = 'kubernetes.io/config.mirror';

export function podViews(rows: Rows<Pod>): PodView[] {
  return [...rows].map(([uid, { object, cells }]) => {
    const { metadata, spec, status } = object;
    const owner = metadata?.ownerReferences?.find(({ controller }) => controller);
    return {
      uid, namespace: metadata?.namespace ?? '', name: metadata?.name ?? '',
      ...(spec?.nodeName ? { node: spec.nodeName } : {}),
      ...(status?.podIP ? { ip: status.podIP } : {}),
      ...(owner ? { owner: `${owner.kind}/${owner.name}` } : {}),
      status: cells['Status'] ?? status?.phase ?? '', phase: status?.phase ?? 'Unknown',
      ready: status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
      containers: (spec?.containers ?? []).map(({ name }) => containerView(name, status?.containerStatuses?.find((one) => one.name === name))),
      isStatic: metadata?.annotations?.[STATIC] !== undefined,
      deleting: metadata?.deletionTimestamp !== undefined,
    };
  });
}

function containerView(name: string, status: ContainerStatus | undefined): ContainerView {
  const { running, terminated, waiting } = status?.state ?? {};
  const reason = waiting?.reason ?? terminated?.reason;
  return {
    name, state: running ? 'running' : terminated ? 'terminated' : 'waiting', ready: status?.ready ?? false, restarts: status?.restartCount ?? 0,
    ...(reason ? { reason } : {}),
  };
}

export function nodeViews(rows: Rows<Node>, pods: Rows<Pod>): NodeView[] {
  const requested = requestsByNode(pods);
  return [...rows.values()]
    .map(({ object, cells }): NodeView => {
      const { metadata, status } = object;
      const name = metadata?.name ?? '';
      const sum = requested.get(name) ?? { cpu: 0, memory: 0 };
      const address = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
      return {
        name, role: metadata?.labels?.['node-role.kubernetes.io/control-plane'] === undefined ? 'worker' : 'control-plane',
        ready: status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
        status: cells['Status'] ?? '', ...(address ? { address } : {}),
        cpuRequested: share(sum.cpu, amount(status?.allocatable?.['cpu'])), memoryRequested: share(sum.memory, amount(status?.allocatable?.['memory'])),
      };
    })
    .sort((a, b) => Number(a.role === 'worker') - Number(b.role === 'worker') || a.name.localeCompare(b.name, 'en', { numeric: true }));
}

function requestsByNode(pods: Rows<Pod>): Map<string, { cpu: number; memory: number }> {
  const sums = new Map<string, { cpu: number; memory: number }>();
  for (const { object } of pods.values()) {
    const node = object.spec?.nodeName;
    if (!node || object.status?.phase === 'Succeeded' || object.status?.phase === 'Failed') continue;
    const sum = sums.get(node) ?? { cpu: 0, memory: 0 };
    for (const { resources } of object.spec?.containers ?? []) {
      sum.cpu += amount(resources?.requests?.['cpu']);
      sum.memory += amount(resources?.requests?.['memory']);
    }
    sums.set(node, sum);
  }
  return sums;
}

const share = (part: number, whole: number): number => (whole > 0 ? Math.min(1, part / whole) : 0);

const SUFFIXES: Readonly<Record<string, number>> = { m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** A quantity as a number, good enough for a bar: `250m` → 0.25, `8Gi` → 8589934592. */
function amount(quantity: unknown): number {
  const match = /^([0-9.]+)([A-Za-z]*)$/.exec(String(quantity ?? '0'));
  return match ? Number(match[1]) * (SUFFIXES[match[2]!] ?? 1) : 0;
}

export function serviceViews(rows: Rows<Service>, slices: Rows<EndpointSlice>): ServiceView[] {
  return [...rows].map(([uid, { object, cells }]) => {
    const { metadata, spec } = object;
    const own = [...slices.values()].filter(({ object: slice }) => slice.metadata?.namespace === metadata?.namespace && slice.metadata?.labels?.['kubernetes.io/service-name'] === metadata?.name);
    const podUids = own.flatMap(({ object: slice }) => (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).flatMap(({ targetRef }) => (targetRef?.kind === 'Pod' && targetRef.uid ? [targetRef.uid] : [])));
    return {
      uid, namespace: metadata?.namespace ?? '', name: metadata?.name ?? '', type: spec?.type ?? 'ClusterIP', clusterIP: spec?.clusterIP ?? '',
      ports: (cells['Port(s)'] ?? '').split(',').filter(Boolean), podUids: [...new Set(podUids)],
    };
  });
}
