/** The clusters that can be chosen, for the chooser. */

/** `sim`, `kind/NAME`, `context/NAME` */
export type ClusterId = string;

export interface ClusterEntry {
  readonly id: ClusterId;
  readonly provider: 'sim' | 'kind' | 'context';
  readonly name: string;
  /** `unknown`: not asked yet (a context is not asked before somebody looks at it). */
  readonly state: 'running' | 'partly' | 'stopped' | 'making' | 'unknown';
  readonly version: string;
  readonly nodes: number | undefined;
  /** One line: the server, or where it runs. */
  readonly where: string;
  readonly can: readonly ('view' | 'start' | 'stop' | 'delete')[];
  /** Why it cannot be used. */
  readonly problem?: string;
}

/** What stands in the way of kind clusters here. */
export interface ClusterFinding {
  readonly severity: 'stop' | 'warn';
  readonly problem: string;
  readonly remedy: string;
}

export interface ClustersView {
  readonly viewed: ClusterId;
  readonly entries: readonly ClusterEntry[];
  readonly findings: readonly ClusterFinding[];
  /** Why contexts are not listed. */
  readonly problem?: string;
}

export interface ClusterProgress {
  readonly name: string;
  readonly step: string;
  /** 0–1; absent when unknown. */
  readonly fraction?: number;
  readonly done?: boolean;
  /** Set when it failed. */
  readonly problem?: string;
}
