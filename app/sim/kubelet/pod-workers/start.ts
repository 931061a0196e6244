import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { RuntimeError, type ContainerStatus, type PodSandboxStatus, type VolumeDirectory } from '../../container-runtime/cri.ts';
import { ConfigError, containerEnvironment } from '../environment/environment.ts';
import { ensureImage, ImageError } from '../images/image-manager.ts';
import { runHook } from '../lifecycle/hooks.ts';
import { stopContainer, graceOf } from '../lifecycle/stop.ts';
import { mountsOf } from '../volumes/mounts.ts';
import type { VolumeSources } from '../volumes/volumes.ts';
import { containerConfig } from './configs.ts';
import type { WorkerContext } from './context.ts';
import type { ContainerMemory, KnownContainer } from './memory.ts';
import { latestOf } from './actions.ts';

export interface StartOptions {
  readonly context: WorkerContext;
  readonly pod: Stored<Pod>;
  readonly known: KnownContainer;
  readonly memory: ContainerMemory;
  readonly sandbox: PodSandboxStatus;
  readonly containers: readonly ContainerStatus[];
  readonly volumes: ReadonlyMap<string, VolumeDirectory>;
  readonly sources: VolumeSources;
  readonly cause: Cause;
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** About the Pod as a whole. */
  podEvent(type: 'Normal' | 'Warning', reason: string, message: string): void;
}

/** Why a container is not up. `reason` is what its status says. */
export class StartFailed extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Image, container, start, postStart. Throws {@link StartFailed}. models kuberuntime: startContainer */
export async function startContainer(options: StartOptions): Promise<void> {
  const { context, pod, known, memory, sandbox, cause, event } = options;
  const { runtime, clock } = context;
  const { container } = known;
  await checkPullSecrets(options);
  let imageRef: string;
  try {
    imageRef = await ensureImage({ pod, container, state: memory.image, runtime, clock, event, pulls: context.pulls, cause });
  } catch (error) {
    if (error instanceof ImageError) throw new StartFailed(error.reason, error.message);
    throw error;
  }
  const { containerId } = await create(options, imageRef);
  event('Normal', 'Created', 'Container created');
  try {
    await runtime.startContainer(containerId, cause);
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code === 'Unavailable') throw error;
    const text = withoutCode(error);
    event('Warning', 'Failed', `Error: ${text}`);
    throw new StartFailed('RunContainerError', text);
  }
  event('Normal', 'Started', 'Container started');
  const handler = container.lifecycle?.postStart;
  if (!handler) return;
  const runner = { runtime, clock, network: context.network };
  await runHook(runner, container, containerId, sandbox.ips[0] ?? '', handler).catch(async (error: Error) => {
    event('Warning', 'FailedPostStartHook', 'PostStartHook failed');
    const status = await runtime.containerStatus(containerId);
    await stopContainer({ ...runner, pod, container, status, graceSeconds: graceOf(pod, container), cause, event: (_, type, reason, message) => event(type, reason, message), message: 'FailedPostStartHook' });
    throw new StartFailed('PostStartHookError', error.message);
  });
}

/** models pkg/kubelet: getPullSecretsForPod */
async function checkPullSecrets({ pod, sources, podEvent }: StartOptions): Promise<void> {
  const missing: string[] = [];
  for (const { name } of pod.spec?.imagePullSecrets ?? []) if (!(await sources.secret(pod.metadata.namespace!, name!).catch(() => undefined))) missing.push(name!);
  if (missing.length > 0) podEvent('Warning', 'FailedToRetrieveImagePullSecret', `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`);
}

async function create({ context, pod, known, sandbox, containers, volumes, sources, cause, event }: StartOptions, imageRef: string): Promise<{ containerId: string }> {
  const { runtime } = context;
  const { container } = known;
  try {
    const environment = await containerEnvironment(pod, container, sources);
    const image = await runtime.imageStatus(container.image!);
    const attempt = (latestOf(containers, container.name)?.config.attempt ?? -1) + 1;
    const log = sources.store.createFile(`${pod.metadata.uid}/containers/${container.name}/${attempt}`);
    const target = (container as { targetContainerName?: string }).targetContainerName;
    const targetContainerId = target === undefined ? undefined : latestOf(containers, target)?.id;
    return await runtime.createContainer(sandbox.id, containerConfig(pod, container, { attempt, environment, imageRef, imageUser: image?.user ?? '', mounts: mountsOf(pod, container, volumes, environment, log), ...(targetContainerId ? { targetContainerId } : {}) }), cause);
  } catch (error) {
    if (error instanceof ConfigError) {
      event('Warning', 'Failed', `Error: ${error.message}`);
      throw new StartFailed('CreateContainerConfigError', error.message);
    }
    if (!(error instanceof RuntimeError) || error.code === 'Unavailable') throw error;
    event('Warning', 'Failed', `Error: ${withoutCode(error)}`);
    throw new StartFailed('CreateContainerError', withoutCode(error));
  }
}

export function withoutCode({ message }: Error): string {
  return message.replace(/^rpc error: code = \w+ desc = /, '');
}
