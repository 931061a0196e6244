import { rfc3339, type Clock } from '../../../base/clock/index.ts';
import type { Node, ObjectMeta, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { ExtensionApi, ExtensionRequest } from '../../apiserver/aggregator/extension-api.ts';
import { newBadRequest, newNotFound } from '../../machinery/errors.ts';
import { parseSelector } from '../../machinery/labels.ts';
import type { Samples, Usage } from './samples.ts';

const GROUP = 'metrics.k8s.io';
const VERSION = `${GROUP}/v1beta1`;

export interface MetricsApiOptions {
  readonly clock: Clock;
  readonly samples: Samples;
  readonly nodes: () => readonly Stored<Node>[];
  readonly pods: () => readonly Stored<Pod>[];
}

type Json = Record<string, unknown>;
type Kind = 'nodes' | 'pods';

interface Measured extends Json {
  readonly metadata: ObjectMeta;
  readonly timestamp: string;
  readonly window: string;
}

/** What metrics-server serves: how much nodes and Pods use now. models metrics-server/pkg/api */
export function metricsApi(options: MetricsApiOptions): ExtensionApi {
  const verbs = ['get', 'list'];
  return {
    group: GROUP, version: 'v1beta1',
    resources: [{ name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs }, { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs }],
    handle: (request) => answer(options, request),
  };
}

function answer(options: MetricsApiOptions, { info, query, accept }: ExtensionRequest): Json {
  const kind = info.resource as Kind;
  const itemKind = kind === 'nodes' ? 'NodeMetrics' : 'PodMetrics';
  const asTable = accept?.includes('as=Table') ?? false;
  const typed = (item: Measured): Json => ({ kind: itemKind, apiVersion: VERSION, ...item });
  if (info.name !== '') {
    const item = one(options, kind, info.namespace, info.name);
    return asTable ? table([item], options.clock) : typed(item);
  }
  const items = list(options, kind, info.namespace, query);
  return asTable ? table(items, options.clock) : { kind: `${itemKind}List`, apiVersion: VERSION, metadata: {}, items };
}

function one(options: MetricsApiOptions, kind: Kind, namespace: string, name: string): Measured {
  const known = (kind === 'nodes' ? options.nodes() : options.pods()).find(({ metadata }) => metadata.name === name && (kind === 'nodes' || metadata.namespace === namespace));
  if (!known) throw newNotFound({ group: '', resource: kind }, name);
  const found = measure(options, kind, known);
  if (!found) throw newNotFound({ group: GROUP, resource: kind === 'nodes' ? 'nodemetrics' : 'podmetrics' }, kind === 'nodes' ? name : `${namespace}/${name}`);
  return found;
}

function list(options: MetricsApiOptions, kind: Kind, namespace: string, query: ExtensionRequest['query']): Measured[] {
  const selector = parseSelector(query['labelSelector'] ?? '');
  const fields = fieldTerms(query['fieldSelector'] ?? '');
  const objects: readonly (Stored<Node> | Stored<Pod>)[] = kind === 'nodes' ? options.nodes() : options.pods().filter(({ metadata }) => namespace === '' || metadata.namespace === namespace);
  return objects
    .filter((object) => selector.matches(object.metadata.labels) && fields.every(([field, value, negated]) => (valueOf(object, field) === value) !== negated))
    .flatMap((object) => measure(options, kind, object) ?? [])
    .sort((a, b) => compare(`${a.metadata.namespace ?? ''}/${a.metadata.name}`, `${b.metadata.namespace ?? ''}/${b.metadata.name}`));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function fieldTerms(text: string): [field: string, value: string, negated: boolean][] {
  return text.split(',').filter(Boolean).map((term) => {
    const [, field, operator, value] = /^([^=!]+)(==?|!=)(.*)$/.exec(term) ?? [];
    if (field === undefined) throw newBadRequest(`invalid field selector: ${term}`);
    return [field, value!, operator === '!='];
  });
}

function valueOf(object: Readonly<Stored<Node> | Stored<Pod>>, field: string): string {
  const found = field.split('.').reduce<unknown>((at, key) => (at as Json | undefined)?.[key], object);
  return typeof found === 'string' ? found : '';
}

function measure({ clock, samples }: MetricsApiOptions, kind: Kind, { metadata }: Stored<Node> | Stored<Pod>): Measured | undefined {
  const head = (usage: Usage): Measured => ({
    metadata: { name: metadata.name, ...(metadata.namespace ? { namespace: metadata.namespace } : {}), creationTimestamp: rfc3339(clock.now()), ...(metadata.labels ? { labels: metadata.labels } : {}) } as ObjectMeta,
    timestamp: rfc3339(usage.at), window: `${usage.windowMs / 1000}s`,
  });
  if (kind === 'nodes') {
    const usage = samples.node(metadata.name);
    return usage && { ...head(usage), usage: amounts(usage) };
  }
  const containers = samples.pod(`${metadata.namespace}/${metadata.name}`);
  if (!containers || containers.size === 0) return undefined;
  const earliest = [...containers.values()].reduce((a, b) => (b.at < a.at ? b : a));
  return { ...head(earliest), containers: [...containers].map(([name, usage]) => ({ name, usage: amounts(usage) })) };
}

function amounts({ cpuNanoCores, memoryBytes }: Usage): { cpu: string; memory: string } {
  return { cpu: cpuNanoCores === 0 ? '0' : `${cpuNanoCores}n`, memory: `${Math.floor(memoryBytes / 1024)}Ki` };
}

/** models metrics-server/pkg/api: addNodeMetricsToTable, addPodMetricsToTable */
function table(items: readonly Measured[], clock: Clock): Json {
  const column = (name: string, description: string, format = ''): Json => ({ name, type: 'string', format, description, priority: 0 });
  const cells = (item: Measured): string[] => {
    const usages = (item['usage'] ? [item['usage']] : (item['containers'] as { usage: unknown }[]).map(({ usage }) => usage)) as { cpu: string; memory: string }[];
    const sum = (of: (usage: { cpu: string; memory: string }) => string): number => usages.reduce((total, usage) => total + Number.parseInt(of(usage), 10), 0);
    return [item.metadata.name!, `${sum(({ cpu }) => cpu)}n`, `${sum(({ memory }) => memory)}Ki`, item.window];
  };
  return {
    kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: {},
    columnDefinitions: [column('Name', 'Name of the resource', 'name'), column('cpu', ''), column('memory', ''), column('Window', '')],
    rows: items.map((item) => ({ cells: cells(item), object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { ...item.metadata, creationTimestamp: rfc3339(clock.now()) } } })),
  };
}
