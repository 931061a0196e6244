import type { KubeObject, ParamKind, ParamRef } from '../../../../contracts/k8s/index.ts';
import { selectorFromLabelSelector } from '../../../machinery/labels.ts';
import type { AdmissionContext } from '../../interfaces.ts';

/** A policy or a binding cannot be used as it stands. */
export class ConfigurationError extends Error {}

/**
 * The objects that a binding gives its policy as `params`: one run for each. `[undefined]`: the policy takes none.
 *
 * models apiserver/pkg/admission/plugin/policy/generic: CollectParams
 */
export function paramsOf(kind: ParamKind | undefined, ref: ParamRef | undefined, namespace: string, { reader, findKind }: AdmissionContext): readonly (KubeObject | undefined)[] {
  if (!kind) return [undefined];
  const definition = findKind(kind.apiVersion ?? '', kind.kind ?? '');
  if (!definition) throw new ConfigurationError(`failed to configure policy: failed to find resource referenced by paramKind: '${kind.apiVersion?.includes('/') ? kind.apiVersion : `/${kind.apiVersion}`}, Kind=${kind.kind}'`);
  if (!ref) return [undefined];
  const place = definition.scope === 'Namespaced' ? ref.namespace || namespace : undefined;
  if (definition.scope === 'Namespaced' && !place) throw new ConfigurationError("failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
  const found = ref.name !== undefined ? [reader.get(definition.storage, place, ref.name)].filter((object) => object !== undefined) : selected(reader.list(definition.storage, place), ref);
  if (found.length > 0) return found;
  if (ref.parameterNotFoundAction === 'Deny') throw new ConfigurationError('failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction');
  return [];
}

function selected(objects: readonly KubeObject[], ref: ParamRef): KubeObject[] {
  const selector = selectorFromLabelSelector(ref.selector);
  return objects.filter(({ metadata }) => selector.matches(metadata.labels));
}
