/** Volumes that a Pod on its way to a node will bind, until the API shows it. models plugins/volumebinding: assume_cache */
export class AssumedVolumes {
  readonly #claimOf = new Map<string, string>();

  /** The claim that is about to get this volume. */
  claimOf(volume: string): string | undefined {
    return this.#claimOf.get(volume);
  }

  get names(): ReadonlySet<string> {
    return new Set(this.#claimOf.keys());
  }

  assume(volume: string, claim: string): void {
    this.#claimOf.set(volume, claim);
  }

  forget(volume: string): void {
    this.#claimOf.delete(volume);
  }
}
