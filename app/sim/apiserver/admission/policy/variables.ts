import type { Namespace, Stored } from '../../../../contracts/k8s/index.ts';
import { CelError, fromJson, Lazy, type Variables } from '../../../machinery/cel/index.ts';
import type { CompiledVariable } from '../../../resources/admissionregistration/expressions.ts';
import type { AdmissionAttributes, AdmissionContext } from '../../interfaces.ts';
import { AuthorizerValue } from './authorizer-value.ts';

type Json = Record<string, unknown>;

/** The request as policies and webhooks are told of it: admission.k8s.io/v1 AdmissionRequest, without the objects. */
export function admissionRequest(attributes: AdmissionAttributes): Json {
  const { group, version, resource, subresource, namespace, operation, user, dryRun, definition, object, previous, name } = attributes;
  const kind = { group, version, kind: definition.kind };
  const plural = { group, version, resource };
  return {
    kind, resource: plural, ...(subresource ? { subResource: subresource } : {}), requestKind: kind, requestResource: plural, ...(subresource ? { requestSubResource: subresource } : {}),
    name: name || object?.metadata?.name || previous?.metadata?.name || '',
    ...(namespace ? { namespace } : {}),
    operation,
    userInfo: { username: user.name, ...(user.uid ? { uid: user.uid } : {}), groups: user.groups, ...(user.extra ? { extra: user.extra } : {}) },
    dryRun,
    options: optionsOf(attributes),
  };
}

export function optionsOf({ operation, dryRun }: AdmissionAttributes): Json {
  const kinds: Readonly<Record<string, string>> = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' };
  return { kind: kinds[operation] ?? 'ConnectOptions', apiVersion: 'meta.k8s.io/v1', ...(dryRun ? { dryRun: ['All'] } : {}) };
}

/** What expressions about a request see. Params come with each binding. */
export function requestVariables(attributes: AdmissionAttributes, { reader, authorizer }: AdmissionContext): Json {
  const { object, previous, operation, user, group, resource, subresource, namespace, name } = attributes;
  const question = { authorizer, user };
  return {
    object: operation === 'DELETE' ? null : new Lazy(() => fromJson(object ?? null)),
    oldObject: new Lazy(() => fromJson(previous ?? null)),
    request: new Lazy(() => fromJson({ subResource: '', namespace: '', ...admissionRequest(attributes) })),
    namespaceObject: new Lazy(() => (namespace ? fromJson(namespaceValue(reader.get<Stored<Namespace>>('namespaces', undefined, namespace))) : null)),
    authorizer: new AuthorizerValue(question, { ...question, group, resource, subresource, namespace, name }),
  };
}

function namespaceValue(namespace: Stored<Namespace> | undefined): unknown {
  if (!namespace) return null;
  const { managedFields: _, ...metadata } = namespace.metadata;
  return { metadata, spec: namespace.spec, status: { phase: namespace.status?.phase } };
}

/** `variables.x` is worked out when it is first asked for, and once. */
export function withVariables(base: Json, variables: readonly CompiledVariable[]): Variables {
  const values: Json = {};
  const scope = { ...base, variables: values };
  for (const { name, program, problem } of variables) {
    const lazy = new Lazy(() => {
      if (!program) throw new CelError(`composited variable "${name}" fails to compile: ${problem ?? ''}`);
      return program.run(scope);
    });
    Object.defineProperty(values, name, { enumerable: true, get: () => lazy.get() });
  }
  return scope;
}
