import type { PodSpec } from '../../contracts/k8s/index.ts';

// What a Pod needs of its namespace by name: the node authorizer lets its kubelet read just that, and nobody takes it away.

/** models pkg/api/v1/pod: VisitPodSecretNames */
export function secretNamesOf(spec: Readonly<PodSpec> | undefined): ReadonlySet<string> {
  return named([
    ...(spec?.imagePullSecrets ?? []).map(({ name }) => name),
    ...containersOf(spec).flatMap(({ env = [], envFrom = [] }) => [...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name), ...envFrom.map(({ secretRef }) => secretRef?.name)]),
    ...(spec?.volumes ?? []).flatMap(({ secret, projected }) => [secret?.secretName, ...(projected?.sources ?? []).map((source) => source.secret?.name)]),
  ]);
}

/** models pkg/api/v1/pod: VisitPodConfigmapNames */
export function configMapNamesOf(spec: Readonly<PodSpec> | undefined): ReadonlySet<string> {
  return named([
    ...containersOf(spec).flatMap(({ env = [], envFrom = [] }) => [...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name), ...envFrom.map(({ configMapRef }) => configMapRef?.name)]),
    ...(spec?.volumes ?? []).flatMap(({ configMap, projected }) => [configMap?.name, ...(projected?.sources ?? []).map((source) => source.configMap?.name)]),
  ]);
}

function containersOf(spec: Readonly<PodSpec> | undefined) {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
}

function named(names: readonly (string | undefined)[]): ReadonlySet<string> {
  return new Set(names.filter((name) => name !== undefined && name !== '') as string[]);
}
