import type { ResourceDefinition } from '../../resources/definition.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin, Operation, RequestContext } from '../interfaces.ts';

/** Runs the plug-ins in order: first all that may change the object, then all that may only refuse it. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #context: AdmissionContext;

  constructor(plugins: readonly AdmissionPlugin[], context: AdmissionContext) {
    this.#plugins = plugins;
    this.#context = context;
  }

  async admit(operation: Operation, definition: ResourceDefinition, object: unknown, previous: unknown, request: RequestContext): Promise<void> {
    const attributes = this.#attributes(operation, definition, object, previous, request);
    for (const plugin of this.#plugins) {
      if (!plugin.admit || !plugin.handles(attributes)) continue;
      // Most plug-ins are done at once; only those that ask somebody outside are waited for.
      const asked = plugin.admit(attributes, this.#context);
      if (asked) await asked;
    }
  }

  async validate(operation: Operation, definition: ResourceDefinition, object: unknown, previous: unknown, request: RequestContext): Promise<void> {
    const attributes = this.#attributes(operation, definition, object, previous, request);
    for (const plugin of this.#plugins) {
      if (!plugin.validate || !plugin.handles(attributes)) continue;
      const asked = plugin.validate(attributes, this.#context);
      if (asked) await asked;
    }
  }

  #attributes(operation: Operation, definition: ResourceDefinition, object: unknown, previous: unknown, request: RequestContext): AdmissionAttributes {
    return { ...request.info, user: request.user, operation, definition, object, previous, dryRun: request.dryRun, cause: request.cause, warn: request.warn };
  }
}
