import type { Container, Pod, Stored } from '../../../contracts/k8s/index.ts';

/** What the events about a resize say. models pkg/kubelet/events: podResizeMessage */
export function resizeMessage(what: string, { spec }: Stored<Pod>, generation: number, error?: string): string {
  const of = ({ name, resources = {} }: Container): object => ({ name, resources: { ...(resources.limits ? { limits: sorted(resources.limits) } : {}), ...(resources.requests ? { requests: sorted(resources.requests) } : {}) } });
  const { initContainers = [], containers = [] } = spec ?? {};
  const summary = { ...(initContainers.length > 0 ? { initContainers: initContainers.map(of) } : {}), containers: containers.map(of), generation, ...(error ? { error } : {}) };
  return `Pod resize ${what}: ${JSON.stringify(summary)}`;
}

const sorted = (amounts: Readonly<Record<string, string>>): Record<string, string> => Object.fromEntries(Object.entries(amounts).sort(([a], [b]) => (a < b ? -1 : 1)));
