import type { Plugin } from '../framework/types.ts';

/** One scheduler by name, as Pods ask for it in `spec.schedulerName`. models scheduler/apis/config: KubeSchedulerProfile */
export interface Profile {
  readonly schedulerName: string;
  /** In the order in which each extension point asks them. */
  readonly plugins: readonly Plugin[];
  /** Weights that differ from the plug-ins' own. */
  readonly weights: Readonly<Record<string, number>>;
  /** 0 or absent: less the more nodes there are. */
  readonly percentageOfNodesToScore?: number;
}
