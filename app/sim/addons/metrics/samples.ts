/** What a kubelet's /metrics/resource said of one thing at one time. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Core-seconds since the start. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  /** When it started, for containers. */
  readonly startedAt: number;
}

export interface Usage {
  readonly at: number;
  readonly windowMs: number;
  readonly cpuNanoCores: number;
  readonly memoryBytes: number;
}

export interface Scrape {
  readonly node: Sample | undefined;
  /** `namespace/pod` → container → sample. */
  readonly pods: ReadonlyMap<string, ReadonlyMap<string, Sample>>;
}

/** models metrics-server/pkg/storage: freshContainerMinMetricsResolution */
const FRESH_LEAST_MS = 10_000;

/** Reads the text format. models metrics-server/pkg/scraper/client/resource: decodeBatch */
export function readScrape(text: string): Scrape {
  const values = new Map<string, { cpu?: number; memory?: number; start?: number; at: number }>();
  const put = (key: string, field: 'cpu' | 'memory' | 'start', value: number, at: number): void => void values.set(key, { ...values.get(key), at: at || (values.get(key)?.at ?? 0), [field]: value });
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', value = '0', at = '0'] = /^([a-z_]+)(?:\{([^}]*)\})? (\S+)(?: (\d+))?$/.exec(line) ?? [];
    const label = (key: string): string => new RegExp(`${key}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const field = name.endsWith('_cpu_usage_seconds_total') ? 'cpu' : name.endsWith('_memory_working_set_bytes') ? 'memory' : name.endsWith('_start_time_seconds') ? 'start' : undefined;
    if (!field) continue;
    if (name.startsWith('container_')) put(`${label('namespace')}/${label('pod')}/${label('container')}`, field, Number(value), Number(at));
    else if (name.startsWith('node_')) put('', field, Number(value), Number(at));
  }
  const pods = new Map<string, Map<string, Sample>>();
  let node: Sample | undefined;
  for (const [key, { cpu, memory, start = 0, at }] of values) {
    if (cpu === undefined || memory === undefined) continue;
    const sample = { at, cpuSeconds: cpu, memoryBytes: memory, startedAt: start * 1000 };
    if (key === '') node = sample;
    else {
      const [namespace, pod, container = ''] = key.split('/');
      const ofPod = pods.get(`${namespace}/${pod}`) ?? new Map<string, Sample>();
      pods.set(`${namespace}/${pod}`, ofPod.set(container, sample));
    }
  }
  return { node, pods };
}

/**
 * The last two samples of everything: from two follows a rate. What started since the last scrape is measured from its start.
 *
 * models metrics-server/pkg/storage
 */
export class Samples {
  #nodes = new Map<string, readonly [Sample | undefined, Sample]>();
  #pods = new Map<string, ReadonlyMap<string, readonly [Sample | undefined, Sample]>>();

  /** All nodes of one round. Those that did not answer are not known any more. */
  store(scrapes: ReadonlyMap<string, Scrape>, resolutionMs: number): void {
    const nodes = new Map<string, readonly [Sample | undefined, Sample]>();
    const pods = new Map<string, ReadonlyMap<string, readonly [Sample | undefined, Sample]>>();
    for (const [name, scrape] of scrapes) {
      if (scrape.node) nodes.set(name, [before(this.#nodes.get(name), scrape.node), scrape.node]);
      for (const [pod, containers] of scrape.pods) {
        const known = this.#pods.get(pod);
        pods.set(pod, new Map([...containers].map(([container, sample]) => [container, [before(known?.get(container), sample) ?? birth(sample, resolutionMs), sample] as const])));
      }
    }
    this.#nodes = nodes;
    this.#pods = pods;
  }

  /** Two rounds have been made. */
  get ready(): boolean {
    return [...this.#nodes.values()].some(([first]) => first !== undefined) || [...this.#pods.values()].some((containers) => [...containers.values()].some(([first]) => first !== undefined));
  }

  node(name: string): Usage | undefined {
    const pair = this.#nodes.get(name);
    return pair && rate(pair);
  }

  /** Undefined unless all its containers have a rate. */
  pod(key: string): ReadonlyMap<string, Usage> | undefined {
    const containers = this.#pods.get(key);
    if (!containers) return undefined;
    const found = new Map<string, Usage>();
    for (const [name, pair] of containers) {
      const usage = rate(pair);
      if (!usage) return undefined;
      found.set(name, usage);
    }
    return found;
  }
}

/** The sample before, if it is of the same life and older. */
function before(known: readonly [Sample | undefined, Sample] | undefined, next: Sample): Sample | undefined {
  if (!known) return undefined;
  const [first, last] = known;
  if (last.startedAt !== next.startedAt || next.cpuSeconds < last.cpuSeconds) return undefined;
  return next.at > last.at ? last : first;
}

function birth(sample: Sample, resolutionMs: number): Sample | undefined {
  const age = sample.at - sample.startedAt;
  return age >= FRESH_LEAST_MS && age < resolutionMs ? { at: sample.startedAt, cpuSeconds: 0, memoryBytes: 0, startedAt: sample.startedAt } : undefined;
}

function rate([first, last]: readonly [Sample | undefined, Sample]): Usage | undefined {
  if (!first) return undefined;
  const windowMs = last.at - first.at;
  return { at: last.at, windowMs, cpuNanoCores: Math.max(0, Math.round(((last.cpuSeconds - first.cpuSeconds) * 1e12) / windowMs)), memoryBytes: last.memoryBytes };
}
