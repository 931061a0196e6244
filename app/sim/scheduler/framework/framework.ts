import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Cloneable, ClusterView, CycleState, Diagnosis, Plugin, PostFilterResult, Rejection } from './types.ts';

export interface Refusal {
  readonly plugin: string;
  readonly rejection: Rejection;
}

export interface Scored {
  readonly node: NodeInfo;
  readonly scores: Record<string, number>;
  total: number;
}

/**
 * Runs the plug-ins of one profile at each extension point, in the profile's order.
 *
 * models pkg/scheduler/framework/runtime: frameworkImpl
 */
export class Framework {
  readonly profile: Profile;
  readonly #plugins: readonly Plugin[];

  constructor(profile: Profile) {
    this.profile = profile;
    this.#plugins = profile.plugins;
  }

  get plugins(): readonly Plugin[] {
    return this.#plugins;
  }

  newCycle(pod: Stored<Pod>, cluster: ClusterView): CycleState {
    return { pod, nodes: cluster.cache.nodes, cluster, scratch: new Map(), skipped: new Set() };
  }

  /** The refusal of the whole Pod, or the only nodes that are worth a look. */
  preFilter(state: CycleState): { readonly refusal?: Refusal; readonly nodes?: ReadonlySet<string>; readonly narrowedBy: readonly string[] } {
    let nodes: ReadonlySet<string> | undefined;
    const narrowedBy: string[] = [];
    for (const plugin of this.#plugins) {
      const result = plugin.preFilter?.(state);
      if (result === undefined) continue;
      if (result === 'skip') state.skipped.add(plugin.name);
      else if (result instanceof Set) {
        const before: ReadonlySet<string> | undefined = nodes;
        nodes = before ? new Set([...before].filter((name) => result.has(name))) : (result as ReadonlySet<string>);
        narrowedBy.push(plugin.name);
      } else return { refusal: { plugin: plugin.name, rejection: result as Rejection }, narrowedBy };
    }
    return nodes ? { nodes, narrowedBy } : { narrowedBy };
  }

  /** The first plug-in that refuses the node. */
  filter(state: CycleState, node: NodeInfo): Refusal | undefined {
    for (const plugin of this.#plugins) {
      if (!plugin.filter || state.skipped.has(plugin.name)) continue;
      const rejection = plugin.filter(state, node);
      if (rejection) return { plugin: plugin.name, rejection };
    }
    return undefined;
  }

  /**
   * Asks twice where other Pods were promised room: as if they were there already, and as if they never came (their labels
   * must not be counted on). models RunFilterPluginsWithNominatedPods
   */
  filterWithNominated(state: CycleState, node: NodeInfo): Refusal | undefined {
    const rivals = state.cluster.nominator.rivals(node.name, state.pod);
    if (rivals.length > 0) {
      const crowded = node.clone();
      const trial = this.cloneState(state);
      for (const rival of rivals) {
        crowded.addPod(rival);
        this.addPod(trial, rival, crowded);
      }
      const refusal = this.filter(trial, crowded);
      if (refusal) return refusal;
    }
    return this.filter(state, node);
  }

  cloneState(state: CycleState): CycleState {
    const scratch = new Map([...state.scratch].map(([name, value]) => [name, isCloneable(value) ? value.clone() : value] as const));
    return { ...state, scratch };
  }

  addPod(state: CycleState, pod: Stored<Pod>, node: NodeInfo): void {
    for (const plugin of this.#plugins) if (!state.skipped.has(plugin.name)) plugin.addPod?.(state, pod, node);
  }

  removePod(state: CycleState, pod: Stored<Pod>, node: NodeInfo): void {
    for (const plugin of this.#plugins) if (!state.skipped.has(plugin.name)) plugin.removePod?.(state, pod, node);
  }

  /** models RunPostFilterPlugins: the first that can help ends the questions; otherwise all that was said. */
  postFilter(state: CycleState, diagnosis: Diagnosis): PostFilterResult {
    const messages: string[] = [];
    let withdraws = false;
    const filter = (trial: CycleState, node: NodeInfo): Rejection | undefined => this.filterWithNominated(trial, node)?.rejection;
    for (const plugin of this.#plugins) {
      if (!plugin.postFilter) continue;
      const result = plugin.postFilter(state, diagnosis, filter);
      if (result.nominated || result.error) return result;
      if (result.message) messages.push(result.message);
      withdraws ||= result.withdraws ?? false;
    }
    return { message: messages.join(', '), withdraws };
  }

  score(state: CycleState, nodes: readonly NodeInfo[]): Scored[] {
    const results = nodes.map((node): Scored => ({ node, scores: {}, total: 0 }));
    const active = this.#plugins.filter((plugin) => plugin.score && plugin.preScore?.(state, nodes) !== 'skip');
    for (const plugin of active) {
      const scores = new Map<string, number>();
      for (const node of nodes) scores.set(node.name, plugin.score!(state, node));
      plugin.normalize?.(scores, state);
      const weight = this.profile.weights[plugin.name] ?? plugin.weight ?? 1;
      for (const result of results) {
        const weighted = scores.get(result.node.name)! * weight;
        result.scores[plugin.name] = weighted;
        result.total += weighted;
      }
    }
    return results;
  }
}

export function isCloneable(value: unknown): value is Cloneable {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Cloneable>).clone === 'function';
}
