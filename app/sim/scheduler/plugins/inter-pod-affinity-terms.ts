import type { Pod, PodAffinityTerm, Stored } from '../../../contracts/k8s/index.ts';
import { selectorFromLabelSelector, type Labels, type Selector } from '../../machinery/labels.ts';
import type { LabelGroup } from '../cache/label-groups.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import type { ClusterView } from '../framework/types.ts';

/** An affinity term, ready to be asked: which Pods, and within what. models framework: AffinityTerm */
export class Term {
  readonly topologyKey: string;
  readonly #selector: Selector;
  readonly #namespaces: ReadonlySet<string>;
  readonly #namespaceSelector: Selector | undefined;
  readonly #cluster: ClusterView;

  constructor(term: Readonly<PodAffinityTerm>, owner: Stored<Pod>, cluster: ClusterView) {
    this.topologyKey = term.topologyKey;
    this.#selector = selectorFromLabelSelector(withLabelKeys(term, owner.metadata.labels));
    // Neither names nor a selector: the owner's own namespace.
    this.#namespaces = new Set((term.namespaces ?? []).length === 0 && !term.namespaceSelector ? [owner.metadata.namespace!] : term.namespaces);
    this.#namespaceSelector = term.namespaceSelector ? selectorFromLabelSelector(term.namespaceSelector) : undefined;
    this.#cluster = cluster;
  }

  matches(pod: Stored<Pod>): boolean {
    return this.#isIn(pod.metadata.namespace!) && this.#selector.matches(pod.metadata.labels);
  }

  matchesGroup(group: LabelGroup): boolean {
    return this.#isIn(group.namespace) && this.#selector.matches(group.labels);
  }

  *groups({ cache }: ClusterView): Iterable<LabelGroup> {
    if (this.#namespaceSelector) {
      for (const group of cache.groups.all()) if (this.matchesGroup(group)) yield group;
      return;
    }
    for (const namespace of this.#namespaces) for (const group of cache.groups.inNamespace(namespace)) if (this.#selector.matches(group.labels)) yield group;
  }

  #isIn(namespace: string): boolean {
    if (this.#namespaces.has(namespace)) return true;
    return this.#namespaceSelector !== undefined && this.#namespaceSelector.matches(this.#cluster.namespaces.get(namespace)?.metadata.labels);
  }
}

function withLabelKeys(term: Readonly<PodAffinityTerm>, labels: Labels): PodAffinityTerm['labelSelector'] {
  const pick = (keys: readonly string[] | undefined, operator: string): { key: string; operator: string; values: string[] }[] =>
    (keys ?? []).filter((key) => labels?.[key] !== undefined).map((key) => ({ key, operator, values: [labels![key]!] }));
  const extra = [...pick(term.matchLabelKeys, 'In'), ...pick(term.mismatchLabelKeys, 'NotIn')];
  return extra.length === 0 || !term.labelSelector ? term.labelSelector : { ...term.labelSelector, matchExpressions: [...(term.labelSelector.matchExpressions ?? []), ...extra] };
}

/** Pods are frozen: their terms are made once for each view of the cluster. */
const required = new WeakMap<object, Map<string, readonly Term[]>>();

export function requiredTerms(pod: Stored<Pod>, kind: 'podAffinity' | 'podAntiAffinity', cluster: ClusterView): readonly Term[] {
  const terms = pod.spec?.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!terms || terms.length === 0) return [];
  let known = required.get(pod);
  if (!known) required.set(pod, (known = new Map()));
  let made = known.get(kind);
  if (!made) known.set(kind, (made = terms.map((term) => new Term(term, pod, cluster))));
  return made;
}

/** Preferred terms with their weights; those of anti-affinity weigh against. */
export function preferredTerms(pod: Stored<Pod>, cluster: ClusterView): readonly { readonly term: Term; readonly weight: number }[] {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const towards = podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const against = podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return [
    ...towards.map(({ podAffinityTerm, weight }) => ({ term: new Term(podAffinityTerm, pod, cluster), weight })),
    ...against.map(({ podAffinityTerm, weight }) => ({ term: new Term(podAffinityTerm, pod, cluster), weight: -weight })),
  ];
}

/** Numbers by topology key and domain: `zone` → `north` → 3. */
export class DomainCounts {
  readonly #counts = new Map<string, Map<string, number>>();

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  add(key: string, node: NodeInfo, by: number): void {
    const domain = node.labels[key];
    if (domain === undefined || by === 0) return;
    let domains = this.#counts.get(key);
    if (!domains) this.#counts.set(key, (domains = new Map()));
    const next = (domains.get(domain) ?? 0) + by;
    if (next === 0) domains.delete(domain);
    else domains.set(domain, next);
    if (domains.size === 0) this.#counts.delete(key);
  }

  get(key: string, node: NodeInfo): number {
    const domain = node.labels[key];
    return domain === undefined ? 0 : (this.#counts.get(key)?.get(domain) ?? 0);
  }

  /** The node lies in one of the domains. */
  touches(node: NodeInfo): boolean {
    for (const key of this.#counts.keys()) if (this.get(key, node) > 0) return true;
    return false;
  }

  sum(node: NodeInfo): number {
    let total = 0;
    for (const key of this.#counts.keys()) total += this.get(key, node);
    return total;
  }

  clone(): DomainCounts {
    const copy = new DomainCounts();
    for (const [key, domains] of this.#counts) copy.#counts.set(key, new Map(domains));
    return copy;
  }
}
