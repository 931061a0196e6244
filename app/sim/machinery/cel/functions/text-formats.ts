import { dns1035LabelProblems, dns1123LabelProblems, dns1123SubdomainProblems, labelValueProblems, qualifiedNameProblems } from '../../names.ts';
import { CelError, Opaque, Optional } from '../values.ts';
import type { CelFunction } from './index.ts';

type Check = (text: string) => string[];

const only = (pattern: RegExp, name: string): Check => (text) => (pattern.test(text) ? [] : [`invalid ${name}`]);

/** models apiserver/pkg/cel/library: format.go */
const FORMATS: Readonly<Record<string, Check>> = {
  dns1123Label: dns1123LabelProblems,
  dns1123Subdomain: dns1123SubdomainProblems,
  dns1035Label: dns1035LabelProblems,
  qualifiedName: qualifiedNameProblems,
  labelValue: labelValueProblems,
  uri: only(/^[a-z][a-z0-9+.-]*:\/\/\S+$|^\/\S*$/i, 'URI'),
  uuid: only(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, 'UUID'),
  byte: only(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'base64'),
  date: only(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'date'),
  datetime: only(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/, 'datetime'),
};

class NamedFormat extends Opaque {
  readonly type = 'kubernetes.NamedFormat';
  readonly #name: string;

  constructor(name: string) {
    super();
    this.#name = name;
  }

  equals(other: unknown): boolean {
    return other instanceof NamedFormat && other.#name === this.#name;
  }

  member(name: string, [text]: readonly unknown[]): unknown {
    if (name !== 'validate') throw new CelError('no such overload');
    const problems = FORMATS[this.#name]!(text as string);
    return problems.length === 0 ? new Optional(false) : new Optional(true, problems);
  }
}

export const TEXT_FORMATS: Readonly<Record<string, CelFunction>> = {
  ...Object.fromEntries(Object.keys(FORMATS).map((name) => [`format.${name}`, () => new NamedFormat(name)])),
  'format.named': (name: string) => (Object.hasOwn(FORMATS, name) ? new Optional(true, new NamedFormat(name)) : new Optional(false)),
};
