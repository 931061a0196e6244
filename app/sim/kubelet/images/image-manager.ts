import type { Clock } from '../../../base/clock/index.ts';
import type { Container } from '../../../contracts/k8s/index.ts';
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

/** The image is not there yet; `retryMs` says when to look again. */
export class ImageBackOff extends Error {
  readonly retryMs: number;
  constructor(retryMs: number) {
    super('image is not available');
    this.retryMs = retryMs;
  }
}

export interface EnsureImage {
  readonly container: Container;
  readonly state: ImageState;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly cause: Cause;
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
  onWaiting(waiting: { reason: string; message: string }): void;
}

/** Pulls an image if its policy says so. models pkg/kubelet/images: imageManager.EnsureImageExists */
export async function ensureImage({ container, state, runtime, clock, cause, event, onWaiting }: EnsureImage): Promise<string> {
  const image = container.image!;
  const present = await runtime.imageStatus(image);
  const policy = container.imagePullPolicy ?? 'IfNotPresent';
  if (present && policy !== 'Always') {
    event('Normal', 'Pulled', `Container image ${JSON.stringify(image)} already present on machine and can be accessed by the pod`);
    return present.repoDigests[0]!;
  }
  if (policy === 'Never') {
    onWaiting({ reason: 'ErrImageNeverPull', message: `Container image ${JSON.stringify(image)} is not present with pull policy of Never` });
    event('Warning', 'ErrImageNeverPull', `Container image ${JSON.stringify(image)} is not present with pull policy of Never`);
    throw new ImageBackOff(10_000);
  }
  const left = state.retryAt - clock.now();
  if (left > 0) {
    onWaiting({ reason: 'ImagePullBackOff', message: `Back-off pulling image ${JSON.stringify(image)}: ErrImagePull: ${state.message}` });
    event('Normal', 'BackOff', `Back-off pulling image ${JSON.stringify(image)}`);
    event('Warning', 'Failed', 'Error: ImagePullBackOff');
    throw new ImageBackOff(left);
  }
  event('Normal', 'Pulling', `Pulling image ${JSON.stringify(image)}`);
  const startedAt = clock.now();
  try {
    const { imageRef } = await runtime.pullImage(image, cause);
    state.failures = 0;
    const took = seconds(clock.now() - startedAt);
    const size = (await runtime.imageStatus(image))?.sizeBytes ?? 0;
    event('Normal', 'Pulled', `Successfully pulled image ${JSON.stringify(image)} in ${took} (${took} including waiting). Image size: ${size} bytes.`);
    return imageRef;
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code === 'Unavailable') throw error;
    const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** state.failures, LAST_BACKOFF_MS);
    state.failures++;
    state.message = error.message;
    state.retryAt = clock.now() + backoff;
    onWaiting({ reason: 'ErrImagePull', message: error.message });
    event('Warning', 'Failed', `Failed to pull image ${JSON.stringify(image)}: ${error.message}`);
    event('Warning', 'Failed', 'Error: ErrImagePull');
    throw new ImageBackOff(Math.min(backoff, 10_000));
  }
}

/** `1.402s`, `350ms`: Go's durations. */
function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds}ms` : `${milliseconds / 1000}s`;
}
