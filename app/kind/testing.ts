import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';

export const NODE_IMAGE = 'kindest/node:v1.36.1';
const START_LIMIT_MS = 30_000;

export interface TestEngine {
  readonly docker: Docker;
  readonly socketPath: string;
  readonly folder: string;
  /** A stand-in for the kind command. */
  readonly kind: string;
  readonly environment: NodeJS.ProcessEnv;
  dispose(): Promise<void>;
}

/** Why there can be no Docker Engine for tests here; undefined: there can. */
export function whyNoEngine(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'a Docker Engine for tests needs root on Linux';
  for (const program of ['dockerd', 'docker', 'busybox']) if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0) return `${program} is not installed (apt-get install docker.io busybox-static)`;
  return undefined;
}

/** A real Docker Engine of our own: own socket, own data, no network, no firewall rules. @throws what it said when it does not start */
export async function startEngine(): Promise<TestEngine> {
  const folder = mkdtempSync(path.join(tmpdir(), 'orrery-docker-'));
  const socketPath = path.join(folder, 'docker.sock');
  const log = path.join(folder, 'log');
  const daemon = spawn('sh', ['-c', `exec dockerd --data-root ${folder}/data --exec-root ${folder}/exec --pidfile ${folder}/pid --host unix://${socketPath} --iptables=false --ip6tables=false --bridge=none --storage-driver=vfs >${log} 2>&1`], { stdio: 'ignore' });
  const docker = new Docker({ socketPath });
  await answers(docker, daemon, log);
  const environment = { ...process.env, DOCKER_HOST: `unix://${socketPath}` };
  makeNodeImage(folder, environment);
  const kind = path.join(folder, 'kind');
  writeFileSync(kind, STAND_IN);
  chmodSync(kind, 0o755);
  return {
    docker, socketPath, folder, kind, environment,
    async dispose() {
      for (const { Id } of await docker.listContainers({ all: true })) await docker.getContainer(Id).remove({ force: true }).catch(() => {});
      const gone = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill('SIGTERM');
      await gone;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function answers(docker: Docker, daemon: ChildProcess, log: string): Promise<void> {
  const from = Date.now();
  while (await docker.ping().then(() => false, () => true)) {
    if (daemon.exitCode !== null || Date.now() - from > START_LIMIT_MS) throw new Error(`dockerd did not start: ${readFileSync(log, 'utf8').trim().split('\n').at(-1)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A node without Kubernetes: a shell, static Pods' manifests, and a systemctl that knows one unit. */
function makeNodeImage(folder: string, env: NodeJS.ProcessEnv): void {
  const root = path.join(folder, 'image');
  for (const name of ['bin', 'run', 'tmp', 'etc/kubernetes/manifests']) mkdirSync(path.join(root, name), { recursive: true });
  copyFileSync(['/bin/busybox', '/usr/bin/busybox'].find((file) => existsSync(file))!, path.join(root, 'bin/busybox'));
  for (const name of ['sh', 'sleep', 'mv', 'mkdir', 'ls', 'cat', 'basename', 'rm', 'touch', 'hostname']) symlinkSync('busybox', path.join(root, 'bin', name));
  for (const name of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']) writeFileSync(path.join(root, 'etc/kubernetes/manifests', `${name}.yaml`), 'kind: Pod\n');
  writeFileSync(path.join(root, 'bin/systemctl'), '#!/bin/sh\ncase "$1" in is-active) [ -e /run/off-$2 ] && echo inactive || echo active;; stop) touch /run/off-$2;; start) rm -f /run/off-$2;; esac\n', { mode: 0o755 });
  execFileSync('sh', ['-c', `tar -C ${root} -c . | docker import - ${NODE_IMAGE}`], { env, stdio: 'ignore' });
}

/** Speaks and labels as kind does; nodes are containers that do nothing. STAND_IN_FAILS: what it prints before it fails. */
const STAND_IN = `#!/bin/sh
set -e
name=kind; kubeconfig=; retain=
verb="$1 $2"; shift 2
while [ $# -gt 0 ]; do case "$1" in --name) name=$2; shift;; --kubeconfig) kubeconfig=$2; shift;; --retain) retain=1;; --image|--wait|--config) shift;; esac; shift; done
remove() { ids=$(docker ps -aq --filter label=io.x-k8s.kind.cluster=$name); [ -z "$ids" ] || docker rm -f $ids >/dev/null; }
node() { docker run -d --network none --name $1 --hostname $1 --label io.x-k8s.kind.cluster=$name --label io.x-k8s.kind.role=$2 ${NODE_IMAGE} sh -c 'trap "exit 0" TERM; while true; do sleep 1; done' >/dev/null; }
case "$verb" in
"create cluster")
  config=$(cat)
  echo "Creating cluster \\"$name\\" ..." >&2
  echo " • Ensuring node image (${NODE_IMAGE}) 🖼  ..." >&2
  echo " • Preparing nodes 📦 📦  ..." >&2
  node $name-control-plane control-plane
  number=0
  for worker in $(echo "$config" | grep -c 'role: worker' | xargs seq 1 2>/dev/null); do number=$((number + 1)); node $name-worker$([ $number = 1 ] || echo $number) worker; done
  echo " • Starting control-plane 🕹️  ..." >&2
  if [ -n "$STAND_IN_SLOW" ]; then trap 'remove; exit 130' INT; sleep 30 & wait $!; fi
  if [ -n "$STAND_IN_FAILS" ]; then [ -n "$retain" ] || remove; echo "ERROR: failed to create cluster: $STAND_IN_FAILS" >&2; exit 1; fi
  echo " • Installing CNI 🔌  ..." >&2
  echo "Set kubectl context to \\"kind-$name\\"" >&2;;
"get kubeconfig") cat "$STAND_IN_KUBECONFIG";;
"delete cluster") remove; [ -z "$kubeconfig" ] || rm -f "$kubeconfig"; echo "Deleted nodes" >&2;;
*) echo "unknown command $verb" >&2; exit 1;;
esac
`;
