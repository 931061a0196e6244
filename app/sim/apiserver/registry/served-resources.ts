import type { ResourceDefinition } from '../../resources/definition.ts';
import { Registry, type RegistryServices } from './registry.ts';

/**
 * What the server serves now: the built-in kinds, and whatever an owner (a CustomResourceDefinition) adds and takes away
 * while it runs. Routes, discovery, OpenAPI and the watch cache follow {@link revision}.
 */
export class ServedResources {
  readonly #services: RegistryServices;
  readonly #builtIn: readonly Registry[];
  /** Kinds without a registry: answered, never stored. */
  readonly #unstored: readonly ResourceDefinition[];
  readonly #added = new Map<string, readonly Registry[]>();
  readonly #byPath = new Map<string, Registry>();
  #all: readonly Registry[];
  #revision = 1;

  constructor(builtIn: readonly ResourceDefinition[], services: RegistryServices) {
    this.#services = services;
    this.#unstored = builtIn.filter(({ transient }) => transient);
    this.#builtIn = builtIn.filter(({ transient }) => !transient).map((definition) => new Registry(definition, services));
    for (const registry of this.#builtIn) this.#byPath.set(pathOf(registry.definition), registry);
    this.#all = this.#builtIn;
  }

  /** Changes whenever a resource comes or goes. */
  get revision(): number {
    return this.#revision;
  }

  get registries(): readonly Registry[] {
    return this.#all;
  }

  get definitions(): readonly ResourceDefinition[] {
    return [...this.#all.map(({ definition }) => definition), ...this.#unstored];
  }

  find(group: string, version: string, resource: string): Registry | undefined {
    return this.#byPath.get(`${group}/${version}/${resource}`);
  }

  unstored(group: string, version: string, resource: string): ResourceDefinition | undefined {
    return this.#unstored.find((definition) => definition.group === group && definition.version === version && definition.plural === resource);
  }

  findKind(apiVersion: string, kind: string): ResourceDefinition | undefined {
    return this.#all.find(({ definition, apiVersion: own }) => definition.kind === kind && own === apiVersion)?.definition;
  }

  isBuiltInGroup(name: string): boolean {
    return [...this.#builtIn.map(({ definition }) => definition), ...this.#unstored].some(({ group }) => group === name);
  }

  /** A built-in kind is served in this group and version. */
  isBuiltIn(group: string, version: string): boolean {
    return [...this.#builtIn.map(({ definition }) => definition), ...this.#unstored].some((definition) => definition.group === group && definition.version === version);
  }

  /** All that `owner` serves from now on; nothing takes its resources away. A built-in resource cannot be replaced. */
  set(owner: string, definitions: readonly ResourceDefinition[]): void {
    for (const { definition } of this.#added.get(owner) ?? []) this.#byPath.delete(pathOf(definition));
    const registries = definitions.filter((definition) => !this.#byPath.has(pathOf(definition))).map((definition) => new Registry(definition, this.#services));
    for (const registry of registries) this.#byPath.set(pathOf(registry.definition), registry);
    if (registries.length > 0) this.#added.set(owner, registries);
    else this.#added.delete(owner);
    for (const { definition } of registries) this.#services.cache.serve(definition);
    this.#all = [...this.#builtIn, ...[...this.#added.values()].flat()];
    this.#revision++;
  }
}

function pathOf({ group, version, plural }: ResourceDefinition): string {
  return `${group}/${version}/${plural}`;
}
