/**
 * A set of field paths, as a tree of path elements in their serialized form.
 *
 * ```
 *   f:metadata ─ f:labels(•) ─ f:app(•)                 • = the path itself is in the set (`.` in fieldsV1)
 *   f:spec ─ f:containers ─ k:{"name":"web"}(•) ─ f:image(•)
 * ```
 *
 * models sigs.k8s.io/structured-merge-diff/fieldpath: Set. Elements: `f:name` a field, `k:{…}` a list item by its keys,
 * `v:…` a member of a set, `i:N` an index. Sets are immutable; operations share what did not change.
 */
export class FieldSet {
  static readonly EMPTY = new FieldSet(false, new Map());
  /** The path that leads here is in the set. */
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
  /** Its `fieldsV1` form, once it has been asked for. */
  written: FieldsV1 | undefined;

  constructor(member: boolean, children: ReadonlyMap<string, FieldSet>) {
    this.member = member;
    this.children = children;
  }

  get empty(): boolean {
    return !this.member && this.children.size === 0;
  }

  child(element: string): FieldSet {
    return this.children.get(element) ?? FieldSet.EMPTY;
  }

  union(other: FieldSet): FieldSet {
    if (other.empty) return this;
    if (this.empty) return other;
    const children = new Map(this.children);
    for (const [element, child] of other.children) children.set(element, this.child(element).union(child));
    return new FieldSet(this.member || other.member, children);
  }

  intersection(other: FieldSet): FieldSet {
    return this.#combine(other, (a, b) => a && b, (a, b) => a.intersection(b));
  }

  /** Without the paths of `other`; what lies below them stays. */
  difference(other: FieldSet): FieldSet {
    if (other.empty) return this;
    return this.#combine(other, (a, b) => a && !b, (a, b) => a.difference(b));
  }

  /** Without the paths of `other` and all that lies below them. */
  recursiveDifference(other: FieldSet): FieldSet {
    if (other.member) return FieldSet.EMPTY;
    if (other.empty) return this;
    return this.#combine(other, (a) => a, (a, b) => a.recursiveDifference(b));
  }

  equals(other: FieldSet): boolean {
    if (this.member !== other.member || this.children.size !== other.children.size) return false;
    for (const [element, child] of this.children) if (!other.children.get(element)?.equals(child)) return false;
    return true;
  }

  /** Every path in the set, as lists of elements, in order. */
  *paths(prefix: readonly string[] = []): Generator<readonly string[]> {
    if (this.member && prefix.length > 0) yield prefix;
    for (const element of [...this.children.keys()].sort()) yield* this.child(element).paths([...prefix, element]);
  }

  #combine(other: FieldSet, member: (a: boolean, b: boolean) => boolean, combine: (a: FieldSet, b: FieldSet) => FieldSet): FieldSet {
    const children = new Map<string, FieldSet>();
    const isMember = member(this.member, other.member);
    let isSame = isMember === this.member;
    for (const [element, child] of this.children) {
      const combined = combine(child, other.child(element));
      if (combined !== child) isSame = false;
      if (!combined.empty) children.set(element, combined);
    }
    return isSame ? this : new FieldSet(isMember, children);
  }
}

/** Collects paths; `build` makes the set. */
export class FieldSetBuilder {
  #member = false;
  readonly #children = new Map<string, FieldSetBuilder>();

  insert(): void {
    this.#member = true;
  }

  child(element: string): FieldSetBuilder {
    let child = this.#children.get(element);
    if (!child) this.#children.set(element, (child = new FieldSetBuilder()));
    return child;
  }

  build(): FieldSet {
    const children = new Map<string, FieldSet>();
    for (const [element, child] of this.#children) {
      const built = child.build();
      if (!built.empty) children.set(element, built);
    }
    return new FieldSet(this.#member, children);
  }
}

/** A set of plain field paths: `['metadata.name', 'status']`. */
export function fieldSetOf(paths: readonly string[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) path.split('.').reduce((at, field) => at.child(`f:${field}`), builder).insert();
  return builder.build();
}

export interface FieldsV1 {
  readonly [element: string]: FieldsV1;
}

/** The `fieldsV1` form: `.` for a path that has others below it, `{}` for one that has none. */
export function toFieldsV1(set: FieldSet): FieldsV1 {
  const fields = write(set);
  reads.set(fields, set);
  return fields;
}

/** What most writes leave as it is, most owners' fields, is written and read once. */
const reads = new WeakMap<FieldsV1, FieldSet>();

function write(set: FieldSet): FieldsV1 {
  if (set.written) return set.written;
  const result: Record<string, FieldsV1> = {};
  for (const element of [...set.children.keys()].sort()) {
    const child = set.child(element);
    const below = write(child);
    result[element] = child.member && child.children.size > 0 ? { '.': {}, ...below } : below;
  }
  return (set.written = result);
}

/** @param fields frozen, or never changed: a set that was read from it once is handed out again */
export function fromFieldsV1(fields: FieldsV1 | undefined): FieldSet {
  if (!fields) return FieldSet.EMPTY;
  let known = reads.get(fields);
  if (!known) reads.set(fields, (known = read(fields)));
  return known;
}

function read(fields: FieldsV1): FieldSet {
  const builder = new FieldSetBuilder();
  const walk = (value: FieldsV1, at: FieldSetBuilder, isRoot: boolean): void => {
    const elements = Object.keys(value);
    if (elements.length === 0 && !isRoot) at.insert();
    for (const element of elements) {
      if (element === '.') at.insert();
      else walk(value[element]!, at.child(element), false);
    }
  };
  walk(fields, builder, true);
  return builder.build();
}

/** `.spec.containers[name="web"].image`, as conflicts name fields. */
export function pathText(path: readonly string[]): string {
  return path
    .map((element) => {
      const value = element.slice(2);
      if (element.startsWith('f:')) return `.${value}`;
      if (element.startsWith('v:')) return `[=${value}]`;
      if (element.startsWith('i:')) return `[${value}]`;
      const keys = JSON.parse(value) as Record<string, unknown>;
      return `[${Object.entries(keys).map(([key, item]) => `${key}=${JSON.stringify(item)}`).join(',')}]`;
    })
    .join('');
}
