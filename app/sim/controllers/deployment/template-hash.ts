import type { PodTemplateSpec } from '../../../contracts/k8s/index.ts';
import { clone, deepEqual } from '../../machinery/objects.ts';
import { HASH_LABEL } from './rolling.ts';

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * The suffix of a ReplicaSet's name. Upstream hashes Go's dump of the template; here its JSON is hashed, with the same
 * function (32-bit FNV-1a) and the same encoding, so names look alike but are not the same for the same template.
 */
export function templateHash(template: Readonly<PodTemplateSpec>, collisionCount: number | undefined): string {
  const text = JSON.stringify(template) + (collisionCount === undefined ? '' : String(collisionCount));
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  // models rand.SafeEncodeString: each digit picks a letter.
  return [...String(hash)].map((digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]!).join('');
}

/** Equal but for the hash label. models deploymentutil: EqualIgnoreHash */
export function sameTemplate(a: Readonly<PodTemplateSpec> | undefined, b: Readonly<PodTemplateSpec> | undefined): boolean {
  return deepEqual(withoutHash(a), withoutHash(b));
}

function withoutHash(template: Readonly<PodTemplateSpec> | undefined): unknown {
  const copy = clone(template) as PodTemplateSpec | undefined;
  if (copy?.metadata?.labels) delete copy.metadata.labels[HASH_LABEL];
  return copy;
}
