import type { Ingress, IngressBackend, Stored } from '../../../contracts/k8s/index.ts';
import type { Backend, Route } from './table.ts';
import type { ClusterView } from './view.ts';

const PORTS = [80, 443];

/** The routes of Ingresses, in the order in which these came. */
export function ingressRoutes(ingresses: readonly Stored<Ingress>[], view: ClusterView): Route[] {
  return [...ingresses].sort((a, b) => (a.metadata.creationTimestamp! < b.metadata.creationTimestamp! ? -1 : 1)).flatMap((ingress) => routesOf(ingress, view));
}

function routesOf({ metadata, spec }: Stored<Ingress>, view: ClusterView): Route[] {
  const namespace = metadata.namespace!;
  const base = { source: `Ingress ${namespace}/${metadata.name}`, filters: [], isOneLabel: true };
  const at = (host: string): Route['places'] => PORTS.map((port) => ({ port, hosts: [host] }));
  const routes = (spec?.rules ?? []).flatMap((rule) => (rule.http?.paths ?? []).map((path): Route => ({
    ...base, places: at(rule.host ?? ''), match: { path: { type: path.pathType === 'Exact' ? 'Exact' : 'PathPrefix', value: path.path || '/' } }, backends: [backendOf(path.backend, namespace, view)],
  })));
  const everything = { path: { type: 'PathPrefix' as const, value: '/' } };
  if (spec?.defaultBackend) routes.push({ ...base, places: at(''), match: everything, backends: [backendOf(spec.defaultBackend, namespace, view)], isDefault: true });
  return routes;
}

function backendOf({ service }: IngressBackend, namespace: string, view: ClusterView): Backend {
  const port = service?.port?.number ?? service?.port?.name ?? 0;
  return { weight: 1, namespace, service: service?.name ?? '', port, filters: [], isBroken: !service || !view.service(namespace, service.name) };
}
