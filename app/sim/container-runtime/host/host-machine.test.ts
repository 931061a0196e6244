// The node itself: what a root shell on it shows and does.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../../contracts/k8s/index.ts';
import { ApiClient } from '../../client/api-client.ts';
import { nodes, pods } from '../../client/resource-types.ts';
import { SimCluster } from '../../sim-cluster.ts';

let cluster: SimCluster;
let client: ApiClient;
beforeEach(async () => {
  cluster = await SimCluster.create({ workers: 1, seed: 5, speed: 1, startAt: Date.UTC(2026, 0, 1), paused: true });
  client = new ApiClient(cluster.apiServer.transport({ part: 'you', user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, userAgent: 'kubectl/v1.35.2' }));
  await cluster.clock.advance(3_000);
  await client.create(pods, 'default', { metadata: { name: 'web' }, spec: { nodeName: 'worker-1', terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'nginx:1.27' }] } }, []);
  await cluster.clock.advance(5_000);
});
afterEach(() => cluster.close());

/** Runs a line on a node; the time that it takes passes. */
async function on(node: string, line: string): Promise<{ text: string; code: number }> {
  const session = cluster.nodes.find(({ config }) => config.name === node)!.machine.shell({ command: ['/bin/bash', '-c', line], tty: false });
  let text = '';
  const read = async (source: AsyncIterable<Uint8Array> | undefined): Promise<void> => {
    if (source) for await (const chunk of source) text += new TextDecoder().decode(chunk);
  };
  const done = Promise.all([session.exit, read(session.stdout), read(session.stderr)]);
  await cluster.clock.advance(12_000);
  return { text, code: (await done)[0].exitCode };
}
const ready = async (name: string): Promise<string> => (await client.get<Node>(nodes, undefined, name)).status!.conditions!.find(({ type }) => type === 'Ready')!.status;
const phase = (name: string, namespace = 'default'): Promise<string | undefined> => client.get<Pod>(pods, namespace, name).then(({ status }) => status?.phase, () => undefined);

describe('a shell on a node', () => {
  it('knows the runtime by crictl', async () => {
    expect((await on('worker-1', 'crictl ps')).text).toMatch(/^CONTAINER +IMAGE +CREATED +STATE +NAME +ATTEMPT +POD ID +POD +NAMESPACE\n\w{13} +\w{13} +\d+ seconds ago +Running +main +0 +\w{13} +web +default\n$/);
    expect((await on('worker-1', 'crictl exec $(crictl ps -q) cat /etc/hostname')).text).toBe('web\n');
    expect((await on('worker-1', 'crictl logs --tail 1 $(crictl ps -q)')).text).toMatch(/ \[notice\] 1#1: start worker process 30\n$/);
    expect((await on('worker-1', 'crictl images | grep nginx')).text).toMatch(/^docker.io\/library\/nginx +1.27 +\w{13} +72.4MB\n$/);
    expect(await on('worker-1', 'crictl rm $(crictl ps -q)')).toMatchObject({ code: 1, text: expect.stringContaining('is running, please stop it first') as string });
    expect((await on('worker-1', 'crictl stop $(crictl ps -q) >/dev/null; sleep 5; crictl ps -a | awk \'{print $5, $6, $7}\' | sort')).text).toContain('Running');
    expect((await client.get<Pod>(pods, 'default', 'web')).status!.containerStatuses![0]!.restartCount).toBe(1);
    expect(await on('worker-1', 'crictl inspect nope')).toEqual({ code: 1, text: 'FATA[0000] rpc error: code = NotFound desc = an error occurred when try to find container "nope": not found \n' });
  });

  it('stops and starts the kubelet, whose journal tells what it did', async () => {
    expect(await on('worker-1', 'systemctl is-active kubelet; systemctl stop kubelet; systemctl is-active kubelet')).toEqual({ text: 'active\ninactive\n', code: 3 });
    expect((await on('worker-1', 'systemctl status kubelet | sed -n 1,5p')).text).toContain('Active: inactive (dead) since Thu 2026-01-01 00:00:');
    await cluster.clock.advance(60_000);
    expect(await ready('worker-1')).toBe('Unknown');
    expect((await on('worker-1', 'ps aux | grep -c "[k]ubelet --"')).text).toBe('0\n');
    expect((await on('worker-1', 'systemctl start kubelet && ps aux | grep -c "[k]ubelet --"')).text).toBe('1\n');
    expect(await ready('worker-1')).toBe('True');
    expect((await on('worker-1', 'journalctl -u kubelet --no-pager')).text).toMatch(/Jan 01 00:00:\d\d worker-1 kubelet\[\d+\]: I0101 00:00:\d\d\.\d{6} +\d+ kubelet.go:2473\] "SyncLoop ADD" source="api" pods=\["default\/web"\]\n/);
    expect(await on('worker-1', 'systemctl status nothing')).toEqual({ text: 'Unit nothing.service could not be found.\n', code: 4 });
  });

  it('says that the runtime is down when it is', async () => {
    expect((await on('worker-1', 'systemctl stop containerd; crictl ps')).text).toMatch(/^FATA\[0000\] validate service connection: .*code = Unavailable/);
    await cluster.clock.advance(15_000);
    expect(await ready('worker-1')).toBe('False');
  });

  it('runs static Pods from files, and says what is wrong with one', async () => {
    await on('worker-1', 'printf "apiVersion: v1\\nkind: Pod\\nmetadata: {name: s}\\nspec: {containers: [{name: c, image: nginx:1.27}]}\\n" > /etc/kubernetes/manifests/s.yaml; echo "kind: [" > /etc/kubernetes/manifests/bad.yaml');
    expect(await phase('s-worker-1')).toBe('Running');
    expect((await on('worker-1', 'journalctl -u kubelet | grep "Could not process manifest"')).text).toContain('path="/etc/kubernetes/manifests/bad.yaml"');
    await on('worker-1', 'rm /etc/kubernetes/manifests/s.yaml');
    await cluster.clock.advance(5_000);
    expect(await phase('s-worker-1')).toBeUndefined();
  });

  it('takes the scheduler away with its manifest and brings it back', async () => {
    await on('control-plane', 'mv /etc/kubernetes/manifests/kube-scheduler.yaml /tmp/');
    expect(cluster.scheduler.running).toBe(false);
    await client.create(pods, 'default', { metadata: { name: 'late' }, spec: { containers: [{ name: 'main', image: 'nginx:1.27' }] } }, []);
    await cluster.clock.advance(5_000);
    expect(await phase('late')).toBe('Pending');
    await on('control-plane', 'mv /tmp/kube-scheduler.yaml /etc/kubernetes/manifests/');
    await cluster.clock.advance(30_000);
    expect(cluster.scheduler.running).toBe(true);
    expect(await phase('late')).toBe('Running');
  });

  it('is entered from a Pod: chroot, nsenter and the processes of all', async () => {
    const spec = { nodeName: 'worker-1', hostPID: true, hostNetwork: true, containers: [{ name: 'main', image: 'busybox:1.36', command: ['sleep', '1d'], securityContext: { privileged: true }, volumeMounts: [{ name: 'root', mountPath: '/host' }] }], volumes: [{ name: 'root', hostPath: { path: '/' } }] };
    await client.create(pods, 'default', { metadata: { name: 'debug' }, spec }, []);
    await cluster.clock.advance(5_000);
    const within = async (line: string): Promise<string> => (await on('worker-1', `crictl exec $(crictl ps -q --name main --pod $(crictl pods -q --name debug)) sh -c '${line}'`)).text;
    expect(await within('chroot /host cat /etc/hostname; chroot /host crictl ps | grep -c Running')).toBe('worker-1\n2\n');
    expect(await within('nsenter -t 1 -m -- cat /etc/hostname')).toBe('worker-1\n');
    expect(await within('ps | grep "[n]ginx: master" | wc -l; p=$(pidof kubelet); tr "\\0" " " < /proc/$p/cmdline | cut -d" " -f1')).toBe('1\n/usr/bin/kubelet\n');
    expect(await within('p=$(pidof nginx:); ls /proc/$p/root/etc/nginx/conf.d; kill -9 $p')).toBe('default.conf\n');
    await cluster.clock.advance(5_000);
    expect((await client.get<Pod>(pods, 'default', 'web')).status!.containerStatuses![0]!.restartCount).toBe(1);
  });
});

describe('etcdctl in the database\'s container', () => {
  it('lists members, reads keys and saves a snapshot, but only with certificates', async () => {
    const inside = (line: string): Promise<{ text: string; code: number }> => on('control-plane', `crictl exec $(crictl ps -q --name etcd) etcdctl ${line}`);
    const trusted = '--endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key';
    expect((await inside(`${trusted} member list`)).text).toMatch(/^[0-9a-f]+, started, control-plane, https:\/\/127.0.0.1:2380, https:\/\/127.0.0.1:2379, false\n$/);
    expect((await inside(`${trusted} get /registry/pods/default --prefix --keys-only`)).text).toBe('/registry/pods/default/web\n\n');
    expect((await inside(`${trusted} snapshot save /var/lib/etcd/backup.db`)).text).toContain('Snapshot saved at /var/lib/etcd/backup.db\n');
    expect((await on('control-plane', 'head -c 12 /var/lib/etcd/backup.db')).text).toBe('{"revision":');
    expect(await inside('member list')).toMatchObject({ code: 1, text: expect.stringContaining('Error: context deadline exceeded') as string });
  });
});
