import type { Process, Program } from '../processes/process.ts';
import { image, type Image } from './image.ts';

/** The client of the database, beside it. */
const etcdctl: Program = (process) => process.world.hosted?.('etcdctl')?.(process) ?? 1;

/** Memory in MiB and thousandths of a core of the parts of a small, quiet cluster. */
const FOOTPRINTS: Readonly<Record<string, readonly [number, number]>> = {
  'kube-apiserver': [236, 38], 'kube-controller-manager': [52, 14], 'kube-scheduler': [23, 4], etcd: [46, 21], coredns: [14, 2], 'metrics-server': [19, 4],
};

/** A part of the cluster as a container: its work is done by the simulator's part of that name. */
function part(name: string, sizeBytes: number, version: string, repository = `registry.k8s.io/${name}`, tools: Image['programs'] = {}): Image {
  const program = async (process: Process): Promise<number> => {
    const hosted = process.world.hosted?.(name);
    const [memoryMiB, idleMillis] = FOOTPRINTS[name] ?? [10, 1];
    process.settle(memoryMiB, idleMillis);
    if (hosted) return hosted(process);
    process.error(`I0101 00:00:00.000000       1 main.go:1] "Starting ${name}" version="${version}"\n`);
    process.onSignal('SIGTERM', () => process.end(0));
    await process.exited;
    return 0;
  };
  return image({ repository, tags: { [version]: { version, sizeBytes } }, entrypoint: [name], programs: { [`/usr/local/bin/${name}`]: program, ...tools }, files: { '/tmp/': '' } });
}

export const controlPlaneImages: readonly Image[] = [
  part('kube-apiserver', 27_100_000, 'v1.36.2'),
  part('kube-controller-manager', 22_800_000, 'v1.36.2'),
  part('kube-scheduler', 17_400_000, 'v1.36.2'),
  part('etcd', 59_600_000, '3.6.5-0', 'registry.k8s.io/etcd', { '/usr/local/bin/etcdctl': etcdctl }),
  part('kube-proxy', 27_300_000, 'v1.36.2'),
  part('gateway', 31_200_000, '1.0', 'docker.io/orrery/gateway'),
  part('kindnetd', 44_300_000, 'v20260131', 'docker.io/kindest/kindnetd'),
  part('coredns', 22_400_000, 'v1.13.1', 'registry.k8s.io/coredns/coredns'),
  part('metrics-server', 22_300_000, 'v0.8.0', 'registry.k8s.io/metrics-server/metrics-server'),
];
