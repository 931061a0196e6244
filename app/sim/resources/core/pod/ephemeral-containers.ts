import type { Pod } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import type { SubresourceStrategy } from '../../definition.ts';
import { forbidden } from '../../shared/findings.ts';
import { bumpGeneration } from '../../shared/generation.ts';
import { validatePodSpec } from '../../shared/validate-pod-spec.ts';
import { keepMeta } from './keep-meta.ts';
import { MIRROR } from './update.ts';

/**
 * `/ephemeralcontainers`: a running Pod gets containers to look into it; nothing else of it changes, and none goes again.
 *
 * models pkg/registry/core/pod: podEphemeralContainersStrategy
 */
export const ephemeralContainers: SubresourceStrategy<Pod> = {
  prepareForUpdate(next, previous) {
    const { ephemeralContainers: _, ...rest } = previous.spec!;
    const added = next.spec?.ephemeralContainers;
    next.spec = { ...rest, ...(added ? { ephemeralContainers: added } : {}) };
    next.status = previous.status!;
    keepMeta(next, previous);
    bumpGeneration(next, previous);
  },
  validate: validateEphemeralContainersUpdate,
};

/** models pkg/apis/core/validation: ValidatePodEphemeralContainersUpdate */
function validateEphemeralContainersUpdate(next: Readonly<Pod>, previous: Readonly<Pod>): FieldError[] {
  if (previous.metadata?.annotations?.[MIRROR] !== undefined) return [forbidden('', 'static pods do not support ephemeral containers')];
  const at = 'spec.ephemeralContainers';
  const after = new Map((next.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]));
  const findings = validatePodSpec(next.spec!, 'spec');
  for (const before of previous.spec?.ephemeralContainers ?? []) {
    const kept = after.get(before.name);
    const quoted = JSON.stringify(before.name);
    if (!kept) findings.push(forbidden(at, `existing ephemeral containers ${quoted} may not be removed\n`));
    else if (!deepEqual(before, kept)) findings.push(forbidden(at, `existing ephemeral containers ${quoted} may not be changed\n`));
  }
  return findings;
}
