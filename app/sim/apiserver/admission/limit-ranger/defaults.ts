import type { Container, LimitRange, LimitRangeItem, Pod } from '../../../../contracts/k8s/index.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';
type List = Record<string, string>;

/** models limitranger: mergePodResourceRequirements. Whatever is put in is told in an annotation. */
export function fillDefaults(range: Readonly<LimitRange>, pod: Pod): void {
  const items = (range.spec?.limits ?? []).filter((item) => item.type === 'Container') as (LimitRangeItem & { default?: List })[];
  const requests: List = Object.assign({}, ...items.map((item) => item.defaultRequest));
  const limits: List = Object.assign({}, ...items.map((item) => item.default));
  const told = [
    ...(pod.spec?.containers ?? []).flatMap((container) => fill(container, requests, limits, 'container')),
    ...(pod.spec?.initContainers ?? []).flatMap((container) => fill(container, requests, limits, 'init container')),
  ];
  if (told.length === 0) return;
  pod.metadata = { ...pod.metadata, annotations: { ...pod.metadata?.annotations, [ANNOTATION]: `LimitRanger plugin set: ${told.join('; ')}` } };
}

function fill(container: Container, requests: List, limits: List, what: string): string[] {
  const resources = (container.resources ??= {});
  const put = (field: 'requests' | 'limits', defaults: List): string[] => {
    const missing = Object.keys(defaults).filter((name) => resources[field]?.[name] === undefined).sort();
    if (missing.length > 0) resources[field] = { ...resources[field], ...Object.fromEntries(missing.map((name) => [name, defaults[name]!])) };
    return missing.length === 0 ? [] : [`${missing.join(', ')} ${field === 'requests' ? 'request' : 'limit'} for ${what} ${container.name}`];
  };
  const limitsTold = put('limits', limits);
  return [...put('requests', requests), ...limitsTold];
}
