const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const STABILITY: Readonly<Record<string, number>> = { alpha: 0, beta: 1 };

/**
 * Which version of an API comes first: v2, v1, v1beta2, v1beta1, v1alpha1, then other names in the order of the alphabet.
 *
 * models k8s.io/apimachinery/pkg/version: CompareKubeAwareVersionStrings, highest first
 */
export function compareVersions(a: string, b: string): number {
  const left = VERSION.exec(a);
  const right = VERSION.exec(b);
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : a > b ? 1 : 0;
  const rank = (match: RegExpExecArray): number => (match[2] === undefined ? 2 : STABILITY[match[2]]!);
  return rank(right) - rank(left) || Number(right[1]) - Number(left[1]) || Number(right[3] ?? 0) - Number(left[3] ?? 0);
}
