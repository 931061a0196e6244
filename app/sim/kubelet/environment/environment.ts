import type { ConfigMap, Container, Pod, Secret, Service, Stored } from '../../../contracts/k8s/index.ts';
import { parseQuantity } from '../../machinery/quantity.ts';

/** What variables may come from besides the Pod. */
export interface EnvironmentSources {
  configMap(namespace: string, name: string): Promise<Stored<ConfigMap> | undefined>;
  secret(namespace: string, name: string): Promise<Stored<Secret> | undefined>;
  services(namespace: string): readonly Stored<Service>[];
  readonly podIP: string;
  readonly hostIP: string;
  readonly allocatable: Readonly<Record<string, string>>;
}

/** A variable cannot be made: the container waits with CreateContainerConfigError. */
export class ConfigError extends Error {}

/** models pkg/kubelet: makeEnvironmentVariables. Later ones win; `$(NAME)` refers to those before. */
export async function containerEnvironment(pod: Stored<Pod>, container: Container, sources: EnvironmentSources): Promise<{ name: string; value: string }[]> {
  const values = new Map<string, string>(serviceVariables(pod, sources));
  const namespace = pod.metadata.namespace!;
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const reference = configMapRef ?? secretRef;
    if (!reference) continue;
    const kind = configMapRef ? 'configmap' : 'secret';
    const data = configMapRef ? (await sources.configMap(namespace, reference.name!))?.data : decoded((await sources.secret(namespace, reference.name!))?.data);
    if (!data && !reference.optional) throw new ConfigError(`${kind} ${JSON.stringify(reference.name)} not found`);
    for (const [key, value] of Object.entries(data ?? {})) values.set(`${prefix}${key}`, value);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (!valueFrom) {
      values.set(name, expand(value ?? '', values));
      continue;
    }
    const found = valueFrom.fieldRef ? fieldValue(pod, valueFrom.fieldRef.fieldPath, sources)
      : valueFrom.resourceFieldRef ? resourceValue(container, valueFrom.resourceFieldRef.resource, valueFrom.resourceFieldRef.divisor, sources)
        : await keyValue(namespace, valueFrom, sources);
    if (found !== undefined) values.set(name, found);
  }
  return [...values].map(([name, value]) => ({ name, value }));
}

async function keyValue(namespace: string, { configMapKeyRef, secretKeyRef }: NonNullable<NonNullable<Container['env']>[number]['valueFrom']>, sources: EnvironmentSources): Promise<string | undefined> {
  const reference = configMapKeyRef ?? secretKeyRef;
  if (!reference) return undefined;
  const kind = configMapKeyRef ? 'configmap' : 'secret';
  const object = configMapKeyRef ? await sources.configMap(namespace, reference.name!) : await sources.secret(namespace, reference.name!);
  const data = configMapKeyRef ? (object as Stored<ConfigMap> | undefined)?.data : decoded((object as Stored<Secret> | undefined)?.data);
  if (!object && !reference.optional) throw new ConfigError(`${kind} ${JSON.stringify(reference.name)} not found`);
  const value = data?.[reference.key];
  if (value === undefined && !reference.optional) throw new ConfigError(`couldn't find key ${reference.key} in ${kind === 'secret' ? 'Secret' : 'ConfigMap'} ${namespace}/${reference.name}`);
  return value;
}

export function decoded(data: Readonly<Record<string, string>> | undefined): Record<string, string> | undefined {
  return data && Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}

/** `$(NAME)` → its value; `$$(NAME)` → `$(NAME)`; unknown names stay. models third_party/forked/golang/expansion */
export function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => (whole === '$$' ? '$' : (values.get(name!) ?? whole)));
}

/** models pkg/fieldpath and kubelet: podFieldSelectorRuntimeValue */
export function fieldValue(pod: Stored<Pod>, path: string, { podIP, hostIP }: Pick<EnvironmentSources, 'podIP' | 'hostIP'>): string {
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (subscript) return (subscript[1] === 'labels' ? pod.metadata.labels : pod.metadata.annotations)?.[subscript[2]!] ?? '';
  const lines = (map: Readonly<Record<string, string>> | undefined): string => Object.entries(map ?? {}).sort().map(([key, value]) => `${key}=${JSON.stringify(value)}`).join('\n');
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace!;
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'metadata.labels':
      return lines(pod.metadata.labels);
    case 'metadata.annotations':
      return lines(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return hostIP;
    case 'status.podIP':
    case 'status.podIPs':
      return podIP;
    default:
      return '';
  }
}

/** models api/v1/resource: ExtractContainerResourceValue. CPU rounds up to whole divisors. */
export function resourceValue(container: Container, resource: string, divisor: string | undefined, { allocatable }: Pick<EnvironmentSources, 'allocatable'>): string {
  const [list, name = ''] = resource.split('.') as ['limits' | 'requests', string];
  const text = container.resources?.[list]?.[name] ?? (list === 'limits' ? allocatable[name] : '0') ?? '0';
  const by = divisor && divisor !== '0' ? parseQuantity(divisor) : parseQuantity('1');
  return String(Math.ceil(parseQuantity(text).milliValue() / by.milliValue()));
}

/** `WEB_SERVICE_HOST` and its neighbours for each Service of the namespace, and the API server's always. models envvars: FromServices */
function* serviceVariables(pod: Stored<Pod>, sources: EnvironmentSources): Generator<[string, string]> {
  const own = pod.spec?.enableServiceLinks === false ? [] : sources.services(pod.metadata.namespace!);
  const kubernetes = sources.services('default').filter((service) => service.metadata.name === 'kubernetes');
  for (const service of [...kubernetes, ...own.filter((candidate) => !kubernetes.includes(candidate))]) {
    const address = service.spec?.clusterIP;
    if (!address || address === 'None') continue;
    const name = service.metadata.name.toUpperCase().replace(/-/g, '_');
    const ports = service.spec?.ports ?? [];
    const [first] = ports;
    if (!first) continue;
    yield [`${name}_SERVICE_HOST`, address];
    yield [`${name}_SERVICE_PORT`, String(first.port)];
    for (const port of ports) if (port.name) yield [`${name}_SERVICE_PORT_${port.name.toUpperCase().replace(/-/g, '_')}`, String(port.port)];
    yield [`${name}_PORT`, `${(first.protocol ?? 'TCP').toLowerCase()}://${address}:${first.port}`];
    for (const port of ports) {
      const protocol = port.protocol ?? 'TCP';
      const prefix = `${name}_PORT_${port.port}_${protocol}`;
      yield [prefix, `${protocol.toLowerCase()}://${address}:${port.port}`];
      yield [`${prefix}_PROTO`, protocol.toLowerCase()];
      yield [`${prefix}_PORT`, String(port.port)];
      yield [`${prefix}_ADDR`, address];
    }
  }
}
