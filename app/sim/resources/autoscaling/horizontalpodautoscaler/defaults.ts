import type { V2HorizontalPodAutoscaler, V2HPAScalingRules } from '../../../../contracts/k8s/index.ts';

/** models pkg/apis/autoscaling/v2: SetDefaults_HorizontalPodAutoscaler */
export function applyAutoscalerDefaults({ spec }: V2HorizontalPodAutoscaler): void {
  if (!spec) return;
  spec.minReplicas ??= 1;
  if ((spec.metrics ?? []).length === 0) spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
  if (!spec.behavior) return;
  spec.behavior.scaleUp = {
    stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, { type: 'Percent', value: 100, periodSeconds: 15 }], ...given(spec.behavior.scaleUp),
  };
  spec.behavior.scaleDown = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }], ...given(spec.behavior.scaleDown) };
}

function given(rules: V2HPAScalingRules | undefined): Partial<V2HPAScalingRules> {
  return Object.fromEntries(Object.entries(rules ?? {}).filter(([, value]) => value !== undefined && value !== null));
}
