import { OrreryError } from '../base/errors/index.ts';

/** The steps of `kind create cluster`, as it names them, with their usual share of the whole. */
const STEPS: readonly (readonly [pattern: RegExp, step: string, fraction: number])[] = [
  [/Ensuring node image/, 'Fetching the node image', 0.05],
  [/Preparing nodes/, 'Preparing nodes', 0.4],
  [/Writing configuration/, 'Writing the configuration', 0.5],
  [/Starting control-plane/, 'Starting the control plane', 0.55],
  [/Installing CNI/, 'Installing the network', 0.75],
  [/Installing StorageClass/, 'Installing storage', 0.8],
  [/Joining worker nodes/, 'Joining workers', 0.85],
  [/Waiting .* for control-plane/, 'Waiting until it is ready', 0.9],
  [/Set kubectl context/, 'Done', 1],
];

/** Which step a line of kind's output begins; undefined: none. */
export function stepOf(line: string): { readonly step: string; readonly fraction: number } | undefined {
  const found = STEPS.find(([pattern]) => pattern.test(line));
  return found && { step: found[1], fraction: found[2] };
}

/** By what kind prints when it fails. The first that fits, from the most telling on. */
const REASONS: readonly (readonly [pattern: RegExp, code: string, message: string, remedy: string])[] = [
  [/node\(s\) already exist for a cluster with the name/, 'exists', 'A cluster of that name is there already.', 'Choose another name, or use the one that is there.'],
  [/port is already allocated|address already in use|ports are not available/i, 'port-taken', 'A port that the cluster needs is taken by another program.', 'Stop that program, or let kind choose the port.'],
  [/no space left on device/i, 'disk-full', 'The disk is full.', 'Remove what is not needed: `docker system prune`.'],
  [/failed to pull image|manifest unknown|pull access denied|no such host|i\/o timeout.*registry|TLS handshake timeout/i, 'no-image', 'The node image could not be fetched.', 'Is this machine online, and is a proxy needed? With the image loaded beforehand, no network is needed.'],
  [/too many open files|inotify/i, 'inotify', 'The system allows too few watched files.', '`sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512`'],
  [/could not find a log line that matches "Reached target|cgroup/i, 'cgroup', "A node's system did not start: usually cgroups, or too little memory.", 'See the log. On Linux, cgroup v2 with systemd works best.'],
  [/timed out waiting for the condition|kubelet is not (running|healthy)|context deadline exceeded/i, 'timed-out', 'The control plane did not come up in time.', 'Usually too little memory or a slow disk: give the engine more, or make fewer nodes.'],
  [/Cannot connect to the Docker daemon/i, 'not-running', 'The engine stopped meanwhile.', 'Start it and try again.'],
  [/permission denied/i, 'no-permission', 'The engine refused.', 'May you use it? `docker ps` tells.'],
];

/** Why `kind create cluster` failed, from all that it printed. */
export function whyFailed(output: string, log: string): OrreryError {
  const found = REASONS.find(([pattern]) => pattern.test(output));
  const last = output.split('\n').map((line) => line.trim()).filter((line) => /^ERROR/.test(line)).at(-1) ?? output.trim().split('\n').at(-1) ?? '';
  const [, code, message, remedy] = found ?? [undefined, 'kind-failed', `kind failed: ${last.replace(/^ERROR:\s*/, '')}`, 'The log tells more.'];
  return new OrreryError(code, message, { remedy: `${remedy} The whole log: ${log}` });
}
