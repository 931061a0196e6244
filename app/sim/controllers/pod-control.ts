import type { Pod, PodTemplateSpec, Stored } from '../../contracts/k8s/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import type { EventSubject } from '../client/event-recorder.ts';
import { pods } from '../client/resource-types.ts';
import { isNotFound, StatusError } from '../machinery/status.ts';
import type { ControllerContext } from './context.ts';

/** Makes and deletes Pods for a workload, and says so in its events. models pkg/controller: RealPodControl */
export class PodControl {
  readonly #context: Pick<ControllerContext, 'client' | 'events'>;

  constructor(context: Pick<ControllerContext, 'client' | 'events'>) {
    this.#context = context;
  }

  /** @param more adds to or replaces what the template says */
  async create(owner: EventSubject, template: Readonly<PodTemplateSpec> | undefined, cause: Cause, more: { generateName?: string; metadata?: object; spec?: object } = {}): Promise<Stored<Pod>> {
    const { client, events } = this.#context;
    const { labels, annotations, finalizers } = template?.metadata ?? {};
    const body = {
      metadata: {
        generateName: more.generateName ?? `${owner.metadata.name}-`, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}), ...(finalizers ? { finalizers } : {}),
        ownerReferences: [controllerReference(owner)], ...more.metadata,
      },
      spec: { ...template?.spec, ...more.spec },
    };
    try {
      const pod = await client.create(pods, owner.metadata.namespace, body, cause);
      events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`, cause);
      return pod;
    } catch (error) {
      if (!isNamespaceTerminating(error)) events.event(owner, 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`, cause);
      throw error;
    }
  }

  /** False: it was gone already. */
  async delete(owner: EventSubject, pod: Stored<Pod>, cause: Cause): Promise<boolean> {
    const { client, events } = this.#context;
    try {
      await client.delete(pods, pod.metadata.namespace, pod.metadata.name, undefined, cause);
      events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`, cause);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      events.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${(error as Error).message}`, cause);
      throw new Error(`unable to delete pods: ${(error as Error).message}`);
    }
  }
}

/** The owner reference of a controller to what it makes. models metav1: NewControllerRef */
export function controllerReference({ kind, apiVersion, metadata }: EventSubject): { apiVersion: string; kind: string; name: string; uid: string; controller: true; blockOwnerDeletion: true } {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}

export function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof StatusError && (error.status.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating');
}

/**
 * Runs `task` so many times, in batches of 1, 2, 4 …: when the API refuses, few refusals are made. Returns how many were
 * started, and the first error. models pkg/controller: slowStartBatch
 */
export async function slowStartBatch(count: number, task: (index: number) => Promise<void>): Promise<{ started: number; failed: number; error: unknown }> {
  let started = 0;
  for (let batch = 1; started < count; batch = Math.min(2 * batch, count - started)) {
    const from = started;
    const size = Math.min(batch, count - from);
    const results = await Promise.allSettled(Array.from({ length: size }, (_, index) => task(from + index)));
    started += size;
    const failures = results.filter((result) => result.status === 'rejected');
    if (failures.length > 0) return { started, failed: failures.length, error: failures[0]!.reason };
  }
  return { started, failed: 0, error: undefined };
}
