import type { Ingress } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';
import { INGRESS_CLASS_ANNOTATION, validateIngress } from './validation.ts';

export const ingress = defineResource<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  scope: 'Namespaced',
  shortNames: ['ing'],
  schema: 'io.k8s.api.networking.v1.Ingress',
  storage: 'ingress',
  deleteReturns: 'status',

  prepareForCreate(object) {
    startGeneration(object);
    object.status = { loadBalancer: {} };
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    bumpGeneration(next, previous);
  },
  validate: validateIngress,
  warnings: (object, previous) =>
    !previous && object.metadata?.annotations?.[INGRESS_CLASS_ANNOTATION] !== undefined ? [`annotation "${INGRESS_CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`] : [],

  columns: columnsOf<Ingress>('networking.k8s.io/v1/ingresses', [
    objectName,
    (object) => object.spec?.ingressClassName ?? '<none>',
    hostsText,
    (object) => (object.status?.loadBalancer?.ingress ?? []).map((point) => point.ip || point.hostname || '').filter(Boolean).join(','),
    (object) => ((object.spec?.tls ?? []).length > 0 ? '80, 443' : '80'),
    objectAge,
  ]),
  subresources: { status: {} },
});

/** At most three, then how many more. models printers: formatHosts */
function hostsText(object: Readonly<Ingress>): string {
  const hosts = (object.spec?.rules ?? []).map((rule) => rule.host ?? '').filter(Boolean);
  if (hosts.length === 0) return '*';
  return hosts.length > 3 ? `${hosts.slice(0, 3).join(',')} + ${hosts.length - 3} more...` : hosts.join(',');
}
