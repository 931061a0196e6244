import type { Component } from 'svelte';
import type { AppState } from '../../../state/app.svelte.ts';
import Cloud from './Cloud.svelte';
import Containers from './Containers.svelte';
import Loops from './Loops.svelte';
import Members from './Members.svelte';
import Rules from './Rules.svelte';
import Scheduler from './Scheduler.svelte';
import Workers from './Workers.svelte';

/** A part's own view: `detail` as `app/contracts/inspection` describes it. */
export interface DetailView {
  readonly view: Component<{ app: AppState; detail: Readonly<Record<string, unknown>> }>;
  /** Says all that the part's facts say, and better. */
  readonly instead?: boolean;
}

/** By kind of part. A new one: a file here and a line in this list. */
export const detailViews: Readonly<Record<string, DetailView>> = {
  etcd: { view: Members },
  'kube-scheduler': { view: Scheduler, instead: true },
  'kube-controller-manager': { view: Loops, instead: true },
  'cloud-controller-manager': { view: Cloud },
  kubelet: { view: Workers },
  'kube-proxy': { view: Rules, instead: true },
  'container-runtime': { view: Containers },
};
