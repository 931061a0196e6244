import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Action } from '../../contracts/lab/index.ts';
import { OrreryError } from '../../base/errors/index.ts';
import { fill } from '../loader/loader.ts';
import type { PartialObject } from '../checks/contains.ts';

/** Does what a chapter's set-up or fault says. @throws when this cluster has no such capability */
export async function act(action: Action, context: { cluster: Cluster; folder: string; vars: Readonly<Record<string, string>>; signal: AbortSignal }): Promise<void> {
  const { cluster } = context;
  const need = <T>(capability: T | undefined, what: string): T => {
    if (capability) return capability;
    throw new OrreryError('no-capability', `This chapter needs a cluster whose ${what}.`, { remedy: 'Open it on the simulated cluster.' });
  };
  if (action['component.stop']) need(cluster.capability('components'), 'parts can be stopped').stop(action['component.stop']);
  if (action['component.start']) need(cluster.capability('components'), 'parts can be stopped').start(action['component.start']);
  if (action['network.fault']) need(cluster.capability('network'), 'wires can be made slow or lossy').add(action['network.fault']);
  if (action['network.heal']) need(cluster.capability('network'), 'wires can be made slow or lossy').heal();
  if (action['clock.pause']) need(cluster.capability('time'), 'time can be stopped').pause();
  if (action['clock.resume']) need(cluster.capability('time'), 'time can be stopped').resume();
  if (action.apply) await applyFile(path.join(context.folder, action.apply), context);
}

async function applyFile(file: string, { cluster, vars, signal }: { cluster: Cluster; vars: Readonly<Record<string, string>>; signal: AbortSignal }): Promise<void> {
  for (const document of parseAllDocuments(fill(await readFile(file, 'utf8'), vars))) {
    const object = document.toJS() as PartialObject | null;
    if (!object) continue;
    const { namespaced, ...ref } = await cluster.client.resolveKind(object.apiVersion, object.kind);
    const namespace = namespaced ? (object.metadata?.namespace ?? 'default') : undefined;
    await patiently(signal, () => cluster.client.apply({ ...ref, ...(namespace ? { namespace } : {}) }, object.metadata?.name ?? '', object, signal));
  }
}

const PATIENCE = { tries: 40, everyMs: 100 };

/** A namespace that was made a moment ago has no service account yet, and so takes no Pods: a loop makes it soon. */
async function patiently(signal: AbortSignal, apply: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await apply();
      return;
    } catch (error) {
      if (attempt >= PATIENCE.tries || !(error instanceof Error) || !error.message.includes('error looking up service account')) throw error;
      await new Promise((resolve) => setTimeout(resolve, PATIENCE.everyMs));
      signal.throwIfAborted();
    }
  }
}
