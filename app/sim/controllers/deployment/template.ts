import type { PodTemplateSpec } from '../../../contracts/k8s/index.ts';
import { clone, deepEqual } from '../../machinery/objects.ts';
import { HASH_LABEL } from './rolling.ts';

/** Equal but for the hash label. models deploymentutil: EqualIgnoreHash */
export function sameTemplate(a: Readonly<PodTemplateSpec> | undefined, b: Readonly<PodTemplateSpec> | undefined): boolean {
  return deepEqual(withoutHash(a), withoutHash(b));
}

function withoutHash(template: Readonly<PodTemplateSpec> | undefined): unknown {
  const copy = clone(template) as PodTemplateSpec | undefined;
  if (copy?.metadata?.labels) delete copy.metadata.labels[HASH_LABEL];
  return copy;
}
