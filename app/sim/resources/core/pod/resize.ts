import type { Container, Pod, PodSpec, ResourceRequirements } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import type { SubresourceStrategy } from '../../definition.ts';
import { forbidden, invalid } from '../../shared/findings.ts';
import { bumpGeneration } from '../../shared/generation.ts';
import { qosClass } from '../../shared/pod-spec-defaults.ts';
import { validatePodSpec } from '../../shared/validate-pod-spec.ts';
import { keepMeta } from './keep-meta.ts';
import { MIRROR } from './update.ts';

/** `/resize`: other requests and limits for running containers. models pkg/registry/core/pod: podResizeStrategy */
export const resize: SubresourceStrategy<Pod> = {
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    keepMeta(next, previous);
    const containers = onlyResources(next.spec?.containers ?? [], previous.spec?.containers ?? []);
    const initContainers = onlyResources(next.spec?.initContainers ?? [], previous.spec?.initContainers ?? []);
    // Containers added, removed or renamed stay as sent: validation says so.
    if (!containers || !initContainers) return;
    next.spec = { ...previous.spec!, containers, ...(previous.spec?.initContainers ? { initContainers } : {}) };
    bumpGeneration(next, previous);
  },
  validate: validateResize,
};

/** models dropNonResizeUpdatesForContainers */
function onlyResources(next: readonly Container[], previous: readonly Container[]): Container[] | undefined {
  if (next.length !== previous.length || next.some(({ name }, index) => name !== previous[index]!.name)) return undefined;
  return previous.map((before, index) => {
    const { resources, resizePolicy } = next[index]!;
    const { resources: _, resizePolicy: __, ...rest } = before;
    return { ...rest, ...(resources ? { resources } : {}), ...(resizePolicy ? { resizePolicy } : {}) } as Container;
  });
}

/** models pkg/apis/core/validation: ValidatePodResize */
function validateResize(next: Readonly<Pod>, previous: Readonly<Pod>): FieldError[] {
  if (previous.metadata?.annotations?.[MIRROR] !== undefined) return [forbidden('', 'static pods cannot be resized')];
  const order = orderFindings(next.spec!, previous.spec!);
  const findings = order.length > 0 ? [] : validatePodSpec(next.spec!, 'spec');
  if (order.length === 0 && (previous.status?.qosClass ?? qosClass(previous.spec!)) !== qosClass(next.spec!)) {
    findings.push(invalid('spec', next.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'));
  }
  if (order.length > 0) return [...findings, ...order];
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [index, container] of (previous.spec?.[list] ?? []).entries()) findings.push(...resourceFindings(next.spec![list]![index]!, container, `spec.${list}[${index}]`, list));
  }
  return findings;
}

/** models validatePodResizeContainerOrdering */
function orderFindings(next: Readonly<PodSpec>, previous: Readonly<PodSpec>): FieldError[] {
  return (['containers', 'initContainers'] as const).flatMap((list) => {
    const before = previous[list] ?? [];
    const after = next[list] ?? [];
    if (before.length !== after.length) return [forbidden(`spec.${list}`, `${list} may not be added or removed on resize`)];
    return before.some(({ name }, index) => name !== after[index]!.name) ? [forbidden(`spec.${list}`, `${list} may not be renamed or reordered on resize`)] : [];
  });
}

function resourceFindings(next: Readonly<Container>, previous: Readonly<Container>, at: string, list: string): FieldError[] {
  if (list === 'initContainers' && previous.restartPolicy !== 'Always') {
    return deepEqual(next.resources, previous.resources) ? [] : [forbidden('spec', 'resources for non-sidecar init containers are immutable')];
  }
  const removed = (which: 'requests' | 'limits'): boolean => Object.keys(previous.resources?.[which] ?? {}).some((name) => next.resources?.[which]?.[name] === undefined);
  return [
    ...(removed('requests') ? [forbidden(`${at}.resources.requests`, 'resource requests cannot be removed')] : []),
    ...(removed('limits') ? [forbidden(`${at}.resources.limits`, 'resource limits cannot be removed')] : []),
    ...(deepEqual(withoutCpuAndMemory(next.resources), withoutCpuAndMemory(previous.resources)) ? [] : [forbidden('spec', 'only cpu and memory resources are mutable')]),
  ];
}

function withoutCpuAndMemory({ requests, limits, ...rest }: Readonly<ResourceRequirements> = {}): object {
  const others = (list: Readonly<Record<string, string>> = {}): object => Object.fromEntries(Object.entries(list).filter(([name]) => name !== 'cpu' && name !== 'memory'));
  return { ...rest, requests: others(requests), limits: others(limits) };
}
