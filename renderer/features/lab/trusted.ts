interface Policy {
  createHTML(html: string): string;
}
const factory = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }).trustedTypes;

/** The page takes HTML only from named policies (CSP: trusted-types). This one is for chapter text, which the lab engine makes from Markdown without any raw HTML. */
const policy = factory?.createPolicy('orrery-chapter', { createHTML: (html) => html });

export function trusted(html: string): string {
  return policy?.createHTML(html) ?? html;
}
