import type { Taint, Toleration } from '../../contracts/k8s/index.ts';

/** models component-helpers/scheduling/corev1: TolerationsTolerateTaint */
export function toleratesTaint(tolerations: readonly Toleration[], taint: Pick<Taint, 'key' | 'effect' | 'value'>): boolean {
  return tolerations.some((toleration) => {
    if (toleration.effect && toleration.effect !== taint.effect) return false;
    if (toleration.key && toleration.key !== taint.key) return false;
    return (toleration.operator ?? 'Equal') === 'Exists' || (toleration.value ?? '') === (taint.value ?? '');
  });
}
