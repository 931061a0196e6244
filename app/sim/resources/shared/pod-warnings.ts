import type { Container, PodSpec } from '../../../contracts/k8s/index.ts';
import { parseQuantity } from '../../machinery/quantity.ts';

/** Labels of nodes that have a new name. models pkg/api/node: deprecatedNodeLabels */
const OLD_NODE_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/**
 * What is accepted, but hardly meant.
 *
 * models pkg/api/pod: warningsForPodSpecAndMeta
 */
export function podSpecWarnings(spec: Readonly<PodSpec> | undefined, field: string): string[] {
  if (!spec) return [];
  const warnings: string[] = [];
  for (const key of Object.keys(spec.nodeSelector ?? {}).sort()) if (OLD_NODE_LABELS[key]) warnings.push(`${field}.nodeSelector[${key}]: ${OLD_NODE_LABELS[key]}`);
  for (const [index, volume] of (spec.volumes ?? []).entries()) if (volume.gitRepo) warnings.push(`${field}.volumes[${index}].gitRepo: deprecated in v1.11, and disabled by default in v1.33+`);
  const secrets = new Set<string>();
  for (const [index, { name = '' }] of (spec.imagePullSecrets ?? []).entries()) {
    if (name === '') warnings.push(`${field}.imagePullSecrets[${index}]: invalid empty name ""`);
    else if (secrets.has(name)) warnings.push(`${field}.imagePullSecrets[${index}]: duplicate name "${name}"`);
    secrets.add(name);
  }
  for (const list of ['initContainers', 'containers'] as const) for (const [index, container] of (spec[list] ?? []).entries()) warnings.push(...containerWarnings(container, `${field}.${list}[${index}]`));
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) warnings.push(`${field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`);
  return warnings;
}

function containerWarnings(container: Readonly<Container>, at: string): string[] {
  const warnings: string[] = [];
  for (const list of ['limits', 'requests'] as const) {
    for (const name of ['memory', 'ephemeral-storage']) {
      const amount = container.resources?.[list]?.[name];
      if (amount !== undefined && parseQuantity(amount).milliValue() % 1000 !== 0) warnings.push(`${at}.resources.${list}[${name}]: fractional byte value ${JSON.stringify(String(parseQuantity(amount)))} is invalid, must be an integer`);
    }
  }
  const variables = new Set<string>();
  for (const [index, { name }] of (container.env ?? []).entries()) {
    if (variables.has(name)) warnings.push(`${at}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`);
    variables.add(name);
  }
  const ports = new Map<string, number>();
  for (const [index, port] of (container.ports ?? []).entries()) {
    const text = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort ?? 0}/${port.containerPort}`;
    const first = ports.get(text);
    if (first !== undefined) warnings.push(`${at}.ports[${index}]: duplicate port definition with ${at}.ports[${first}]`);
    else ports.set(text, index);
  }
  return warnings;
}
