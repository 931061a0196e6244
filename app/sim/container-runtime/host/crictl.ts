import { rfc3339 } from '../../../base/clock/index.ts';
import { RuntimeError, type ContainerRuntime, type ContainerStatus, type ImageInfo, type PodSandboxStatus } from '../cri.ts';
import type { Process, Program } from '../processes/process.ts';

const SHORT = 13;
const ENDPOINT = 'unix:///run/containerd/containerd.sock';

/** Cannot go on: printed as crictl's log does. */
class Fatal extends Error {}

interface Call {
  readonly process: Process;
  readonly runtime: ContainerRuntime;
  readonly flags: ReadonlySet<string>;
  readonly options: ReadonlyMap<string, string>;
  readonly args: readonly string[];
}

const WITH_VALUE = new Set(['-o', '--output', '--name', '--pod', '-p', '--namespace', '--label', '--image', '--state', '-s', '--tail', '-n', '--last', '-r', '--runtime-endpoint', '-i', '--image-endpoint', '-c', '--config', '-t', '--timeout']);

/** crictl(1): the runtime as the kubelet sees it. models sigs.k8s.io/cri-tools */
export function crictl(runtime: ContainerRuntime): Program {
  return async (process) => {
    const [name = 'help', ...rest] = skipGlobal(process.argv.slice(1));
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (!command) {
      process.print(`NAME:\n   crictl - client for CRI\n\nUSAGE:\n   crictl [global options] command [command options] [arguments...]\n\nCOMMANDS:\n   ${Object.keys(COMMANDS).sort().join('\n   ')}\n`);
      return name === 'help' || name === '--help' ? 0 : 1;
    }
    try {
      await runtime.status();
      return (await command({ process, runtime, ...parse(rest, name === 'exec') })) ?? 0;
    } catch (error) {
      if (!(error instanceof Fatal || error instanceof RuntimeError)) throw error;
      const text = error instanceof RuntimeError && error.code === 'Unavailable' ? `validate service connection: validate CRI v1 runtime API for endpoint "${ENDPOINT}": ${error.message}` : error.message;
      process.error(`FATA[0000] ${text} \n`);
      return 1;
    }
  };
}

function skipGlobal(args: readonly string[]): readonly string[] {
  let at = 0;
  while (args[at]?.startsWith('-') && args[at] !== '--help') at += WITH_VALUE.has(args[at]!) ? 2 : 1;
  return args.slice(at);
}

function parse(words: readonly string[], stopAtFirst: boolean): Pick<Call, 'flags' | 'options' | 'args'> {
  const flags = new Set<string>();
  const options = new Map<string, string>();
  const args: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const equals = /^(--[\w-]+)=(.*)$/.exec(word);
    if (stopAtFirst && args.length > 0) args.push(word);
    else if (equals) options.set(equals[1]!, equals[2]!);
    // `exec -i -t`: there -i and -t are no options with values.
    else if (WITH_VALUE.has(word) && !(stopAtFirst && (word === '-i' || word === '-t'))) options.set(word, words[++i] ?? '');
    else if (word.startsWith('-') && word !== '-') for (const flag of word.startsWith('--') ? [word.slice(2)] : word.slice(1)) flags.add(flag);
    else args.push(word);
  }
  return { flags, options, args };
}

/** models cri-tools: newDefaultTableDisplay (20, 1, 3) */
function table(process: Process, rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, index) => Math.max(20, ...rows.map((row) => row[index]!.length + 3)));
  for (const row of rows) process.print(`${row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index]!))).join('')}\n`);
}

/** models github.com/docker/go-units: HumanDuration */
function age(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [minutes, hours] = [Math.floor(seconds / 60), Math.round(seconds / 3600)];
  if (seconds < 1) return 'Less than a second ago';
  if (seconds === 1) return '1 second ago';
  if (seconds < 60) return `${seconds} seconds ago`;
  if (minutes === 1) return 'About a minute ago';
  if (minutes < 60) return `${minutes} minutes ago`;
  if (hours === 1) return 'About an hour ago';
  if (hours < 48) return `${hours} hours ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

/** Three significant digits, powers of a thousand. */
function size(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (value < 1000 || unit === 'GB') return `${Number(value.toPrecision(3))}${unit}`;
    value /= 1000;
  }
  return '';
}

const short = (id: string): string => id.replace(/^sha256:/, '').slice(0, SHORT);
const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

async function findContainer({ runtime }: Call, id: string): Promise<ContainerStatus> {
  const found = (await runtime.listContainers()).filter((container) => container.id.startsWith(id));
  if (found.length === 1) return found[0]!;
  throw new Fatal(found.length > 1 ? `container id prefix ${JSON.stringify(id)} is ambiguous` : `rpc error: code = NotFound desc = an error occurred when try to find container ${JSON.stringify(id)}: not found`);
}

async function findSandbox({ runtime }: Call, id: string): Promise<PodSandboxStatus> {
  const found = (await runtime.listPodSandboxes()).find((sandbox) => sandbox.id.startsWith(id));
  if (!found) throw new Fatal(`rpc error: code = NotFound desc = an error occurred when try to find sandbox ${JSON.stringify(id)}: not found`);
  return found;
}

function needsArgs({ args }: Call): readonly string[] {
  if (args.length === 0) throw new Fatal('ID cannot be empty');
  return args;
}

async function ps(call: Call): Promise<void> {
  const { runtime, process, flags, options } = call;
  const sandboxes = new Map((await runtime.listPodSandboxes()).map((sandbox) => [sandbox.id, sandbox]));
  const images = new Map((await runtime.listImages()).flatMap((image) => image.repoDigests.map((digest) => [digest, image] as const)));
  const state = options.get('--state') ?? options.get('-s');
  const found = (await runtime.listContainers())
    .filter((container) => (state ? container.state === state.toLowerCase() : flags.has('a') || flags.has('all') || container.state === 'running'))
    .filter((container) => !options.has('--name') || new RegExp(options.get('--name')!).test(container.config.name))
    .filter((container) => !(options.get('--pod') ?? options.get('-p')) || container.podSandboxId.startsWith((options.get('--pod') ?? options.get('-p'))!))
    .sort((a, b) => b.createdAt - a.createdAt);
  if (flags.has('q') || flags.has('quiet')) return void found.forEach(({ id }) => process.print(`${id}\n`));
  const now = process.world.clock.now();
  table(process, [
    ['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD', 'NAMESPACE'],
    ...found.map((container) => {
      const sandbox = sandboxes.get(container.podSandboxId);
      return [short(container.id), short(images.get(container.imageRef)?.id ?? container.imageName), age(now - container.createdAt), capital(container.state), container.config.name, String(container.config.attempt), short(container.podSandboxId), sandbox?.config.podName ?? 'unknown', sandbox?.config.podNamespace ?? 'unknown'];
    }),
  ]);
}

async function pods({ runtime, process, flags, options }: Call): Promise<void> {
  const wanted = (sandbox: PodSandboxStatus): boolean => (!options.has('--name') || new RegExp(options.get('--name')!).test(sandbox.config.podName)) && (!options.has('--namespace') || sandbox.config.podNamespace === options.get('--namespace'));
  const found = (await runtime.listPodSandboxes()).filter(wanted).sort((a, b) => b.createdAt - a.createdAt);
  if (flags.has('q') || flags.has('quiet')) return void found.forEach(({ id }) => process.print(`${id}\n`));
  const now = process.world.clock.now();
  table(process, [['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME'], ...found.map(({ id, createdAt, state, config }) => [short(id), age(now - createdAt), state === 'ready' ? 'Ready' : 'NotReady', config.podName, config.podNamespace, String(config.attempt), '(default)'])]);
}

async function images({ runtime, process, flags, args }: Call): Promise<void> {
  const found = (await runtime.listImages()).filter(({ repoTags }) => args.length === 0 || repoTags.some((tag) => tag.includes(args[0]!)));
  if (flags.has('q') || flags.has('quiet')) return void found.forEach(({ id }) => process.print(`${id}\n`));
  const rows = found.flatMap((image: ImageInfo) => image.repoTags.map((tag) => [tag.slice(0, tag.lastIndexOf(':')), tag.slice(tag.lastIndexOf(':') + 1), short(image.id), size(image.sizeBytes)]));
  table(process, [['IMAGE', 'TAG', 'IMAGE ID', 'SIZE'], ...rows.sort((a, b) => (a[0]! < b[0]! ? -1 : 1))]);
}

async function logs(call: Call): Promise<void> {
  const { runtime, process, flags, options } = call;
  const { id } = await findContainer(call, needsArgs(call)[0]!);
  const follow = flags.has('f') || flags.has('follow');
  const collected: Uint8Array[] = [];
  const tail = options.has('--tail') ? Number(options.get('--tail')) : Infinity;
  for await (const { bytes } of runtime.containerLogs(id, { follow: false, signal: process.signal })) collected.push(bytes);
  for (const bytes of collected.slice(Math.max(0, collected.length - tail))) await process.write(bytes);
  if (!follow) return;
  let seen = 0;
  for await (const { bytes } of runtime.containerLogs(id, { follow: true, signal: process.signal })) if (++seen > collected.length) await process.write(bytes);
}

async function inspect(call: Call): Promise<void> {
  for (const arg of needsArgs(call)) {
    const status = await findContainer(call, arg);
    const sandbox = await findSandbox(call, status.podSandboxId);
    const time = (at: number): string => (at === 0 ? '1970-01-01T00:00:00Z' : rfc3339(at));
    const { config } = status;
    print(call.process, {
      info: { config: { args: config.args, command: config.command, envs: config.env.map(({ name, value }) => ({ key: name, value })), image: { image: config.image }, metadata: { name: config.name, attempt: config.attempt } }, pid: 0, removing: false, sandboxID: status.podSandboxId, snapshotter: 'overlayfs' },
      status: {
        createdAt: time(status.createdAt), exitCode: status.exitCode, finishedAt: time(status.finishedAt), id: status.id, image: { image: status.imageName }, imageRef: status.imageRef,
        labels: { 'io.kubernetes.container.name': config.name, 'io.kubernetes.pod.name': sandbox.config.podName, 'io.kubernetes.pod.namespace': sandbox.config.podNamespace, 'io.kubernetes.pod.uid': sandbox.config.podUid },
        logPath: `/var/log/pods/${sandbox.config.podNamespace}_${sandbox.config.podName}_${sandbox.config.podUid}/${config.name}/${config.attempt}.log`, message: status.message, metadata: { attempt: config.attempt, name: config.name },
        mounts: config.mounts.map(({ containerPath, source, readOnly }) => ({ containerPath, hostPath: source.id.replace(/^host:/, ''), readonly: readOnly })), reason: status.reason, resources: { linux: status.resources }, startedAt: time(status.startedAt), state: `CONTAINER_${status.state.toUpperCase()}`,
      },
    });
  }
}

async function inspectPod(call: Call): Promise<void> {
  for (const arg of needsArgs(call)) {
    const { id, config, state, createdAt, ips } = await findSandbox(call, arg);
    print(call.process, { status: { annotations: config.annotations, createdAt: rfc3339(createdAt), id, labels: config.labels, linux: { namespaces: { options: { network: config.hostNetwork ? 'NODE' : 'POD', pid: config.hostPID ? 'NODE' : config.shareProcessNamespace ? 'POD' : 'CONTAINER' } } }, metadata: { attempt: config.attempt, name: config.podName, namespace: config.podNamespace, uid: config.podUid }, network: { additionalIps: [], ip: ips[0] ?? '' }, state: state === 'ready' ? 'SANDBOX_READY' : 'SANDBOX_NOTREADY' } });
  }
}

function print(process: Process, value: object): void {
  process.print(`${JSON.stringify(value, null, 2)}\n`);
}

async function exec(call: Call): Promise<number> {
  const { runtime, process, flags, args: [id, ...command] } = call;
  if (id === undefined) throw new Fatal('ID cannot be empty');
  if (command.length === 0) throw new Fatal('non-empty command is required');
  const container = await findContainer(call, id);
  const wantsStdin = flags.has('i') || flags.has('interactive');
  const session = await runtime.exec(container.id, { command, stdin: wantsStdin, tty: flags.has('t') || flags.has('tty') }, []);
  const copy = async (source: AsyncIterable<Uint8Array> | undefined, to: Process['stdout']): Promise<void> => {
    if (source) for await (const chunk of source) to.write(chunk);
  };
  const feed = async (): Promise<void> => {
    for (let chunk = await process.stdin.read(); chunk; chunk = await process.stdin.read()) session.stdin?.write(chunk);
    session.stdin?.end();
  };
  if (wantsStdin) void feed();
  void process.exited.then(() => session.detach());
  const [{ exitCode }] = await Promise.all([session.exit, copy(session.stdout, process.stdout), copy(session.stderr, process.stderr)]);
  return exitCode;
}

async function each(call: Call, what: (id: string) => Promise<string>): Promise<void> {
  for (const arg of needsArgs(call)) call.process.print(`${await what(arg)}\n`);
}

const COMMANDS: Readonly<Record<string, (call: Call) => Promise<number | void>>> = {
  ps, pods, images, image: images, img: images, logs, inspect, inspectp: inspectPod, exec,
  inspecti: async (call) => {
    const found = await call.runtime.imageStatus(needsArgs(call)[0]!);
    if (!found) throw new Fatal(`no such image ${JSON.stringify(call.args[0])} present`);
    print(call.process, { status: { id: found.id, repoDigests: found.repoDigests, repoTags: found.repoTags, size: String(found.sizeBytes), username: found.user } });
  },
  stop: (call) => each(call, async (arg) => {
    const { id } = await findContainer(call, arg);
    await call.runtime.stopContainer(id, Number(call.options.get('--timeout') ?? call.options.get('-t') ?? 0), []);
    return arg;
  }),
  rm: (call) => each(call, async (arg) => {
    const found = await findContainer(call, arg);
    if (found.state === 'running' && !call.flags.has('f') && !call.flags.has('force')) throw new Fatal(`container ${JSON.stringify(arg)} is running, please stop it first`);
    await call.runtime.removeContainer(found.id, []);
    return arg;
  }),
  stopp: (call) => each(call, async (arg) => (await call.runtime.stopPodSandbox((await findSandbox(call, arg)).id, []), `Stopped sandbox ${arg}`)),
  rmp: (call) => each(call, async (arg) => {
    const found = await findSandbox(call, arg);
    if (found.state === 'ready' && !call.flags.has('f') && !call.flags.has('force')) throw new Fatal(`pod sandbox ${JSON.stringify(arg)} is running, please stop it first`);
    await call.runtime.stopPodSandbox(found.id, []);
    await call.runtime.removePodSandbox(found.id, []);
    return `Removed sandbox ${arg}`;
  }),
  rmi: (call) => each(call, async (arg) => {
    const found = (await call.runtime.listImages()).find((image) => short(image.id).startsWith(arg) || image.repoTags.includes(arg)) ?? (await call.runtime.imageStatus(arg));
    if (!found) throw new Fatal(`no such image ${JSON.stringify(arg)} present`);
    for (const tag of found.repoTags) await call.runtime.removeImage(tag);
    return `Deleted: ${found.repoTags[0] ?? arg}`;
  }),
  pull: (call) => each(call, async (arg) => `Image is up to date for ${(await call.runtime.pullImage(arg, [])).imageRef.replace(/.*@/, '')}`),
  stats: async ({ runtime, process }) => {
    const running = (await runtime.listContainers()).filter(({ state }) => state === 'running');
    const rows = await Promise.all(running.map(async ({ id, config }) => {
      const stats = await runtime.containerStats(id);
      return [short(id), config.name, (stats.cpuNanoCores / 1e7).toFixed(2), size(stats.memoryWorkingSetBytes), size(stats.fsUsedBytes), '12'];
    }));
    table(process, [['CONTAINER', 'NAME', 'CPU %', 'MEM', 'DISK', 'INODES'], ...rows]);
  },
  version: async ({ runtime, process }) => {
    const { runtimeName, runtimeVersion, runtimeApiVersion } = runtime.version();
    process.print(`Version:  0.1.0\nRuntimeName:  ${runtimeName}\nRuntimeVersion:  v${runtimeVersion}\nRuntimeApiVersion:  ${runtimeApiVersion}\n`);
  },
  info: async ({ runtime, process }) => print(process, { status: { conditions: (await runtime.status()).conditions } }),
};
