import { rfc3339 } from '../../../base/clock/index.ts';
import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import { RuntimeError, type ContainerRuntime, type ContainerStatus } from '../../container-runtime/cri.ts';
import { newBadRequest, newInternalError, newNotFound, newPlainRefusal } from '../../machinery/errors.ts';
import type { ExecOptions, KubeletAnswer, KubeletServer, LogOptions } from '../../machinery/kubelet-server.ts';
import { Endpoints, type EndpointOptions } from './endpoints.ts';
import { BytePipe, type ByteSource, type Connection, type ProcessSession } from '../../machinery/streams.ts';

interface PodRef {
  readonly namespace: string;
  readonly name: string;
}

/** Port 10250: logs, exec, attach, port-forward. models pkg/kubelet/server */
export class Server implements KubeletServer {
  readonly #runtime: ContainerRuntime;
  readonly #findPod: (reference: PodRef) => Stored<Pod> | undefined;

  readonly #endpoints: Endpoints;

  constructor(options: EndpointOptions & { findPod: (reference: PodRef) => Stored<Pod> | undefined }) {
    this.#endpoints = new Endpoints(options);
    this.#runtime = options.runtime;
    this.#findPod = options.findPod;
  }

  async containerLogs(reference: PodRef, container: string, options: LogOptions): Promise<ByteSource> {
    const pod = this.#pod(reference);
    const attempts = await this.#attempts(pod, container);
    const wanted = options.previous ? attempts[attempts.length - 2] : attempts[attempts.length - 1];
    if (!wanted) throw options.previous ? newBadRequest(`previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(reference.name)} not found`) : this.#waiting(pod, container);
    return this.#format(wanted, options);
  }

  async exec(reference: PodRef, container: string, options: ExecOptions): Promise<ProcessSession> {
    const running = await this.#running(this.#pod(reference), container);
    try {
      return await this.#runtime.exec(running.id, { command: options.command, stdin: options.stdin, tty: options.tty }, options.cause);
    } catch (error) {
      if (error instanceof RuntimeError) throw newInternalError(`error executing command in container: ${error.message.replace(/^rpc error: code = \w+ desc = /, '')}`);
      throw error;
    }
  }

  async attach(reference: PodRef, container: string, options: Omit<ExecOptions, 'command'>): Promise<ProcessSession> {
    const running = await this.#running(this.#pod(reference), container);
    return this.#runtime.attach(running.id, { stdin: options.stdin, tty: options.tty }, options.cause);
  }

  async portForward(reference: PodRef, port: number): Promise<Connection> {
    const pod = this.#pod(reference);
    const sandbox = (await this.#runtime.listPodSandboxes({ podUid: pod.metadata.uid })).find((candidate) => candidate.state === 'ready');
    if (!sandbox) throw newPlainRefusal(500, `error forwarding port ${port} to pod ${reference.name}, uid ${pod.metadata.uid}: not found`);
    try {
      return await this.#runtime.portForward(sandbox.id, port);
    } catch (error) {
      throw new Error(`error forwarding port ${port} to pod ${sandbox.id}, uid : ${(error as Error).message.replace(/^rpc error: code = \w+ desc = /, '')}`, { cause: error });
    }
  }

  http(path: string): Promise<KubeletAnswer> {
    return this.#endpoints.answer(path);
  }

  #pod(reference: PodRef): Stored<Pod> {
    const pod = this.#findPod(reference);
    if (!pod) throw newNotFound({ group: '', resource: 'pods' }, reference.name);
    return pod;
  }

  async #attempts(pod: Stored<Pod>, container: string): Promise<ContainerStatus[]> {
    const all = await this.#runtime.listContainers({ podUid: pod.metadata.uid });
    return all.filter((status) => status.config.name === container).sort((a, b) => a.config.attempt - b.config.attempt);
  }

  async #running(pod: Stored<Pod>, container: string): Promise<ContainerStatus> {
    const latest = (await this.#attempts(pod, container)).pop();
    if (latest?.state === 'running') return latest;
    throw newNotFoundContainer(container);
  }

  #waiting(pod: Stored<Pod>, container: string): Error {
    const status = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((candidate) => candidate.name === container);
    const reason = status?.state?.waiting?.reason ?? 'ContainerCreating';
    const why = reason === 'ErrImagePull' || reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason;
    return newBadRequest(`container ${JSON.stringify(container)} in pod ${JSON.stringify(pod.metadata.name)} is waiting to start: ${why}`);
  }

  #format(container: ContainerStatus, options: LogOptions): ByteSource {
    const pipe = new BytePipe();
    void this.#copy(container, options, pipe).finally(() => pipe.end());
    return pipe;
  }

  async #copy(container: ContainerStatus, { follow, tailLines, sinceTime, timestamps, limitBytes, signal }: LogOptions, pipe: BytePipe): Promise<void> {
    const lines = this.#runtime.containerLogs(container.id, { follow, signal });
    const skip = tailLines === undefined ? 0 : Math.max(0, (await this.#count(container, signal)) - tailLines);
    let index = 0;
    let left = limitBytes ?? Infinity;
    for await (const { at, bytes } of lines) {
      if (index++ < skip || (sinceTime !== undefined && at < sinceTime)) continue;
      const stamped = timestamps ? Buffer.concat([Buffer.from(`${rfc3339(at).slice(0, -1)}.${String(at % 1000).padStart(3, '0')}000000Z `), bytes]) : bytes;
      const chunk = stamped.subarray(0, left);
      left -= chunk.length;
      if (!pipe.write(new Uint8Array(chunk)) || left <= 0) return;
    }
  }

  async #count(container: ContainerStatus, signal: AbortSignal): Promise<number> {
    let count = 0;
    for await (const line of this.#runtime.containerLogs(container.id, { follow: false, signal })) count += line.bytes.length > 0 ? 1 : 0;
    return count;
  }
}

function newNotFoundContainer(container: string): Error {
  return newPlainRefusal(500, `container not found (${JSON.stringify(container)})`);
}
