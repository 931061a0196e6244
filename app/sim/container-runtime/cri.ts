import type { Cause } from '../../contracts/trace/index.ts';
import type { Event } from '../../base/lifecycle/index.ts';
import type { Connection, ProcessSession } from '../machinery/streams.ts';
import type { PortMapping } from '../network/network.ts';

/**
 * The Container Runtime Interface, the only thing that a kubelet knows of the runtime.
 *
 * models k8s.io/cri-api/pkg/apis/runtime/v1. Times are milliseconds since the epoch on the virtual clock. Failures are
 * thrown as {@link RuntimeError} with gRPC's code and containerd's words. Every call is traced (`kind: 'cri'`) by the
 * runtime's service wrapper.
 */
export interface ContainerRuntime {
  version(): { runtimeName: string; runtimeVersion: string; runtimeApiVersion: string };
  /** NetworkReady and RuntimeReady. */
  status(): Promise<{ conditions: { type: 'RuntimeReady' | 'NetworkReady'; status: boolean; reason: string; message: string }[] }>;

  runPodSandbox(config: PodSandboxConfig, cause: Cause): Promise<{ podSandboxId: string }>;
  stopPodSandbox(podSandboxId: string, cause: Cause): Promise<void>;
  removePodSandbox(podSandboxId: string, cause: Cause): Promise<void>;
  podSandboxStatus(podSandboxId: string): Promise<PodSandboxStatus>;
  listPodSandboxes(filter?: { podUid?: string }): Promise<readonly PodSandboxStatus[]>;

  createContainer(podSandboxId: string, config: ContainerConfig, cause: Cause): Promise<{ containerId: string }>;
  startContainer(containerId: string, cause: Cause): Promise<void>;
  /** Sends the stop signal, then SIGKILL after `timeoutSeconds`; resolves when the container has exited. */
  stopContainer(containerId: string, timeoutSeconds: number, cause: Cause): Promise<void>;
  removeContainer(containerId: string, cause: Cause): Promise<void>;
  containerStatus(containerId: string): Promise<ContainerStatus>;
  listContainers(filter?: { podSandboxId?: string; podUid?: string }): Promise<readonly ContainerStatus[]>;
  updateContainerResources(containerId: string, resources: LinuxResources, cause: Cause): Promise<void>;
  containerStats(containerId: string): Promise<ContainerStats>;

  execSync(containerId: string, command: readonly string[], timeoutSeconds: number): Promise<{ stdout: Uint8Array; stderr: Uint8Array; exitCode: number }>;
  exec(containerId: string, options: { command: readonly string[]; stdin: boolean; tty: boolean }, cause: Cause): Promise<ProcessSession>;
  attach(containerId: string, options: { stdin: boolean; tty: boolean }, cause: Cause): Promise<ProcessSession>;
  portForward(podSandboxId: string, port: number): Promise<Connection>;
  /** The container's log, in lines as the runtime wrote them. With `follow` it ends when the container has exited or the signal aborts. */
  /** The last lines of a container's log, as the kubelet reads them for a termination message. */
  logTail(containerId: string): string;
  containerLogs(containerId: string, options: { follow: boolean; signal: AbortSignal }): AsyncIterable<LogLine>;

  /** Resolves with the image's reference once pulled; takes virtual time. */
  pullImage(image: string, cause: Cause, onProgress?: (bytes: number, total: number) => void): Promise<{ imageRef: string }>;
  imageStatus(image: string): Promise<ImageInfo | undefined>;
  listImages(): Promise<readonly ImageInfo[]>;
  removeImage(image: string): Promise<void>;

  /** Started, stopped, created, deleted: what the kubelet's event-driven PLEG listens to. */
  readonly onContainerEvent: Event<ContainerEvent>;
}

export interface PodSandboxConfig {
  readonly podName: string;
  readonly podNamespace: string;
  readonly podUid: string;
  /** Counts the sandboxes of one Pod: 0, 1, … */
  readonly attempt: number;
  readonly hostname: string;
  /** What /etc/hosts gives as the long name's rest: `db.shop.svc.cluster.local`. */
  readonly domain?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** In the node's own network namespace. */
  readonly hostNetwork: boolean;
  readonly portMappings?: readonly PortMapping[];
  readonly dns: { readonly servers: readonly string[]; readonly searches: readonly string[]; readonly options: readonly string[] };
  readonly hostAliases?: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
  readonly shareProcessNamespace?: boolean;
  /** Sees all processes of the machine. */
  readonly hostPID?: boolean;
  readonly sysctls?: Readonly<Record<string, string>>;
}

export interface PodSandboxStatus {
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly state: 'ready' | 'not-ready';
  readonly createdAt: number;
  readonly ips: readonly string[];
}

export interface ContainerConfig {
  readonly name: string;
  readonly attempt: number;
  /** As in the Pod. */
  readonly image: string;
  readonly imageRef: string;
  /** Overrides the image's entrypoint when not empty. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir?: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly resources: LinuxResources;
  readonly securityContext: LinuxSecurityContext;
  readonly stopSignal?: string;
  /** Sees the processes of this container instead of its own: an ephemeral container with a target. */
  readonly targetContainerId?: string;
}

/** A directory or file of a volume as the container sees it. `source` is shared by all that mount it. */
export interface Mount {
  readonly containerPath: string;
  readonly source: VolumeDirectory;
  /** Below the volume's root: subPath. */
  readonly subPath?: string;
  readonly readOnly: boolean;
}

/** A tree of files that outlives containers. Implemented in `container-runtime/filesystem`; made by the kubelet's volume plug-ins. */
export interface VolumeDirectory {
  readonly id: string;
  readonly kind: 'disk' | 'memory';
  /** Path → content; replaces everything at once, as the atomic writer of projected volumes does. */
  replaceAll(files: Readonly<Record<string, { readonly content: Uint8Array; readonly mode: number }>>, owner?: { uid?: number; gid?: number }): void;
  usedBytes(): number;
  /** All of it belongs to this group, what is made in it later too: fsGroup. */
  setGroup(gid: number, readOnly?: boolean): void;
  /** The content, when it is one file. */
  readText(): string;
}

export interface VolumeOptions {
  readonly limitBytes?: number;
  readonly mode?: number;
}

export type HostPathType = 'directory' | 'file' | 'socket' | 'char-device' | 'block-device' | 'absent';

/** How the kubelet makes volume directories; `hostPath` ones live in the node's own file system. */
export interface VolumeStore {
  create(id: string, kind: 'disk' | 'memory', options?: VolumeOptions): VolumeDirectory;
  /** A volume that is one file. */
  createFile(id: string, content?: string): VolumeDirectory;
  /** A volume that is not the node's own: all nodes that mount it see the same. */
  createShared(name: string): VolumeDirectory;
  get(id: string): VolumeDirectory | undefined;
  remove(id: string): void;
  /** A path on the node. */
  hostPath(path: string): { readonly directory: VolumeDirectory; readonly type: HostPathType };
  makeHostPath(path: string, type: 'directory' | 'file'): VolumeDirectory;
  /** The files of a directory of the node, by name. */
  readHost(directory: string): Record<string, string>;
  /** Calls back when an entry of a directory of the node comes, goes or changes; makes the directory if need be. */
  watchHost(directory: string, callback: () => void): { dispose(): void };
  /** The disk that all of this is on. */
  readonly disk: { readonly capacity: number; readonly used: number; readonly available: number };
}

export interface LinuxResources {
  readonly cpuShares?: number;
  /** Thousandths of a core; absent: no limit. */
  readonly cpuLimitMillis?: number;
  /** Bytes; absent: no limit. */
  readonly memoryLimitBytes?: number;
  readonly oomScoreAdj?: number;
}

export interface LinuxSecurityContext {
  readonly privileged: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly supplementalGroups: readonly number[];
  /** Groups of the image's /etc/group do not count. */
  readonly strictGroups?: boolean;
  readonly readonlyRootfs: boolean;
  readonly capabilities?: { readonly add: readonly string[]; readonly drop: readonly string[] };
  readonly noNewPrivileges?: boolean;
  readonly seccompProfile?: string;
}

export interface ContainerStatus {
  readonly id: string;
  readonly podSandboxId: string;
  readonly podUid: string;
  readonly config: ContainerConfig;
  readonly state: 'created' | 'running' | 'exited' | 'unknown';
  readonly createdAt: number;
  /** 0 until started. */
  readonly startedAt: number;
  /** 0 until exited. */
  readonly finishedAt: number;
  readonly exitCode: number;
  /** `Completed`, `Error`, `OOMKilled`, `StartError`, `ContainerCannotRun`; '' while running. */
  readonly reason: string;
  readonly message: string;
  /** What status.image shows: `docker.io/library/nginx:1.27`. */
  readonly imageName: string;
  /** `docker.io/library/nginx@sha256:…` */
  readonly imageRef: string;
  readonly signal?: number;
  readonly user: { readonly uid: number; readonly gid: number; readonly supplementalGroups: readonly number[] };
  readonly resources: LinuxResources;
}

export interface ContainerStats {
  readonly cpuNanoCores: number;
  readonly cpuCoreNanoSeconds: number;
  readonly memoryWorkingSetBytes: number;
  readonly fsUsedBytes: number;
}

export interface ImageInfo {
  /** `sha256:…` of the configuration. */
  readonly id: string;
  /** `docker.io/library/nginx:1.27` */
  readonly repoTags: readonly string[];
  /** `docker.io/library/nginx@sha256:…` */
  readonly repoDigests: readonly string[];
  readonly sizeBytes: number;
  /** The user that the image runs as: a number, a name, or '' (root). */
  readonly user: string;
}

export interface LogLine {
  readonly at: number;
  readonly stream: 'stdout' | 'stderr';
  /** With its newline, if it had one. */
  readonly bytes: Uint8Array;
}

export interface ContainerEvent {
  readonly type: 'created' | 'started' | 'stopped' | 'deleted';
  readonly containerId: string;
  readonly podSandboxId: string;
  readonly podUid: string;
  readonly cause: Cause;
}

/** models google.golang.org/grpc/codes, those that a runtime answers with. */
export type RuntimeErrorCode = 'Unknown' | 'NotFound' | 'InvalidArgument' | 'DeadlineExceeded' | 'FailedPrecondition' | 'Unavailable' | 'ResourceExhausted';

export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;

  /** `desc` is containerd's text; the message is what a gRPC client prints. */
  constructor(code: RuntimeErrorCode, desc: string) {
    super(`rpc error: code = ${code} desc = ${desc}`);
    this.name = 'RuntimeError';
    this.code = code;
  }
}
