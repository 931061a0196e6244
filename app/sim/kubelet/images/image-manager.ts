import type { Clock } from '../../../base/clock/index.ts';
import type { Container, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { RuntimeError, type ContainerRuntime } from '../../container-runtime/cri.ts';

/** models kubelet: imageBackOff */
const FIRST_BACKOFF_MS = 10_000;
const LAST_BACKOFF_MS = 300_000;

/** What is remembered of the pulls for one container. */
export interface ImageState {
  failures: number;
  retryAt: number;
  message: string;
}

/** The image cannot be had now. `reason` is the waiting reason: ErrImagePull, ImagePullBackOff, … */
export class ImageError extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** One pull after the other on a node. models kubelet: serializeImagePulls */
export class PullQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(pull: () => Promise<T>): Promise<T> {
    const next = this.#last.then(pull, pull);
    this.#last = next.catch(() => {});
    return next;
  }
}

export interface EnsureImage {
  readonly pod: Stored<Pod>;
  readonly container: Container;
  readonly state: ImageState;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly pulls: PullQueue;
  readonly cause: Cause;
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
}

const REFERENCE = /^(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9-]+)*(?::\d+)?)\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

/** The one mistake that is named. models distribution/reference: ParseNormalizedNamed, splitDockerDomain */
function uppercase(image: string): string {
  const slash = image.indexOf('/');
  const first = image.slice(0, Math.max(slash, 0));
  const hasDomain = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  const rest = hasDomain ? image.slice(slash + 1) : slash < 0 ? `library/${image}` : image;
  const repository = rest.split(':')[0]!;
  return repository.toLowerCase() === repository ? '' : `: repository name (${repository}) must be lowercase`;
}

/** Pulls an image if its policy says so; rejects with {@link ImageError}. models pkg/kubelet/images: imageManager.EnsureImageExists */
export async function ensureImage(options: EnsureImage): Promise<string> {
  const { container, state, runtime, clock, event } = options;
  const image = container.image!;
  const quoted = JSON.stringify(image);
  if (!REFERENCE.test(image)) {
    const message = `Failed to apply default image tag ${quoted}: couldn't parse image name ${quoted}: invalid reference format${uppercase(image)}`;
    event('Warning', 'InspectFailed', message);
    event('Warning', 'Failed', 'Error: InvalidImageName');
    throw new ImageError('InvalidImageName', message);
  }
  const present = await runtime.imageStatus(image);
  const policy = container.imagePullPolicy ?? 'IfNotPresent';
  if (present && policy !== 'Always') {
    event('Normal', 'Pulled', `Container image ${quoted} already present on machine and can be accessed by the pod`);
    return present.repoDigests[0]!;
  }
  if (policy === 'Never') {
    const message = `Container image ${quoted} is not present with pull policy of Never`;
    event('Warning', 'ErrImageNeverPull', message);
    event('Warning', 'Failed', 'Error: ErrImageNeverPull');
    throw new ImageError('ErrImageNeverPull', message);
  }
  if (clock.now() < state.retryAt) {
    event('Normal', 'BackOff', `Back-off pulling image ${quoted}`);
    event('Warning', 'Failed', 'Error: ImagePullBackOff');
    throw new ImageError('ImagePullBackOff', `Back-off pulling image ${quoted}: ErrImagePull: ${state.message}`);
  }
  return pull(options);
}

async function pull({ container, state, runtime, clock, pulls, cause, event }: EnsureImage): Promise<string> {
  const image = container.image!;
  event('Normal', 'Pulling', `Pulling image ${JSON.stringify(image)}`);
  const askedAt = clock.now();
  let startedAt = askedAt;
  try {
    const { imageRef } = await pulls.run(() => {
      startedAt = clock.now();
      return runtime.pullImage(image, cause);
    });
    state.failures = 0;
    const size = (await runtime.imageStatus(image))?.sizeBytes ?? 0;
    event('Normal', 'Pulled', `Successfully pulled image ${JSON.stringify(image)} in ${duration(clock.now() - startedAt)} (${duration(clock.now() - askedAt)} including waiting). Image size: ${size} bytes.`);
    return imageRef;
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code === 'Unavailable') throw error;
    state.retryAt = clock.now() + Math.min(FIRST_BACKOFF_MS * 2 ** state.failures, LAST_BACKOFF_MS);
    state.failures++;
    state.message = error.message;
    event('Warning', 'Failed', `Failed to pull image ${JSON.stringify(image)}: ${error.message}`);
    event('Warning', 'Failed', 'Error: ErrImagePull');
    throw new ImageError('ErrImagePull', error.message);
  }
}

/** `1.402s`, `350ms`: Go's durations. */
function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds}ms` : milliseconds < 60_000 ? `${milliseconds / 1000}s` : `${Math.floor(milliseconds / 60_000)}m${(milliseconds % 60_000) / 1000}s`;
}
