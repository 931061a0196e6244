// models k8s.io/apimachinery/pkg/util/validation and pkg/api/validate/content: what names may look like, and the words of the refusal.

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS1123_LABEL = new RegExp(`^${LABEL}$`);
const DNS1123_SUBDOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`);
const DNS1035_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** Upstream counts names of objects in characters, keys and values of labels in bytes. */
export function maxLengthMessage(length: number, unit: 'bytes' | 'characters' = 'bytes'): string {
  return `must be no more than ${length} ${unit}`;
}

function regexMessage(message: string, expression: string, ...examples: string[]): string {
  // Two spaces before "or": upstream joins "'x', " and " or 'y', ".
  const examplesText = examples.map((example) => `'${example}'`).join(',  or ');
  return `${message} (${examplesText ? `e.g. ${examplesText}, ` : ''}regex used for validation is '${expression}')`;
}

/** Findings about a DNS label (RFC 1123): names of namespaces, containers, ports' owners. Empty when it is one. */
export function dns1123LabelProblems(value: string): string[] {
  const problems = value.length > 63 ? [maxLengthMessage(63, 'characters')] : [];
  if (DNS1123_LABEL.test(value)) return problems;
  if (DNS1123_SUBDOMAIN.test(value)) return [...problems, 'must not contain dots'];
  return [
    ...problems,
    regexMessage(
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      LABEL,
      'my-name',
      '123-abc',
    ),
  ];
}

/** Findings about a DNS subdomain (RFC 1123): the default for names of objects. */
export function dns1123SubdomainProblems(value: string): string[] {
  const problems = value.length > 253 ? [maxLengthMessage(253, 'characters')] : [];
  if (DNS1123_SUBDOMAIN.test(value)) return problems;
  return [
    ...problems,
    regexMessage(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      `${LABEL}(\\.${LABEL})*`,
      'example.com',
    ),
  ];
}

/** Findings about a DNS label (RFC 1035): names of Services. */
export function dns1035LabelProblems(value: string): string[] {
  const problems = value.length > 63 ? [maxLengthMessage(63, 'characters')] : [];
  if (DNS1035_LABEL.test(value)) return problems;
  return [
    ...problems,
    regexMessage(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      '[a-z]([-a-z0-9]*[a-z0-9])?',
      'my-name',
      'abc-123',
    ),
  ];
}

/** Findings about a key of labels and annotations: `name` or `prefix.example/name`. */
export function qualifiedNameProblems(value: string): string[] {
  const nameRule = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  const nameMessage = regexMessage(nameRule, '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]', 'MyName', 'my.name', '123-abc');
  const parts = value.split('/');
  const problems: string[] = [];
  if (parts.length > 2) {
    return [
      `a valid label key ${nameMessage} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts[parts.length - 1]!;
  if (parts.length === 2) {
    if (parts[0] === '') problems.push('prefix part must be non-empty');
    else problems.push(...dns1123SubdomainProblems(parts[0]!).map((problem) => `prefix part ${problem}`));
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > 63) problems.push(`name part ${maxLengthMessage(63)}`);
  if (!QUALIFIED_NAME.test(name)) problems.push(`name part ${nameMessage}`);
  return problems;
}

/** Findings about the value of a label; empty is allowed. */
export function labelValueProblems(value: string): string[] {
  const problems = value.length > 63 ? [maxLengthMessage(63)] : [];
  if (value === '' || QUALIFIED_NAME.test(value)) return problems;
  return [
    ...problems,
    regexMessage(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?',
      'MyValue',
      'my_value',
      '12345',
    ),
  ];
}

/** Findings about a name that only has to be one segment of a path: RBAC objects, custom resources of odd kinds. */
export function pathSegmentProblems(value: string): string[] {
  if (value === '.') return ["may not be '.'"];
  if (value === '..') return ["may not be '..'"];
  return ['/', '%'].filter((character) => value.includes(character)).map((character) => `may not contain '${character}'`);
}

/** Findings about `*.example.com`. */
export function wildcardSubdomainProblems(value: string): string[] {
  const problems = value.length > 253 ? [maxLengthMessage(253, 'characters')] : [];
  if (value.startsWith('*.') && DNS1123_SUBDOMAIN.test(value.slice(2))) return problems;
  return [
    ...problems,
    regexMessage(
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
      `\\*\\.${LABEL}(\\.${LABEL})*`,
      '*.example.com',
    ),
  ];
}

/** Findings about the name of a port. models validation: IsValidPortName */
export function portNameProblems(port: string): string[] {
  const problems: string[] = [];
  if (port.length > 15) problems.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(port)) problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(port)) problems.push('must contain at least one letter (a-z)');
  if (port.includes('--')) problems.push('must not contain consecutive hyphens');
  if (port.startsWith('-') || port.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
}
