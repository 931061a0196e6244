import type { Ingress, IngressClass, Stored } from '../../../contracts/k8s/index.ts';
import type { AdmissionPlugin } from '../interfaces.ts';

const DEFAULT = 'ingressclass.kubernetes.io/is-default-class';

/** An Ingress that names no class gets the default one; of several, the youngest. models plugin/pkg/admission/network/defaultingressclass */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  handles: ({ operation, group, resource, subresource }) => operation === 'CREATE' && group === 'networking.k8s.io' && resource === 'ingresses' && subresource === '',
  admit({ object }, { reader }) {
    const ingress = object as Ingress;
    if (ingress.spec?.ingressClassName !== undefined || ingress.metadata?.annotations?.['kubernetes.io/ingress.class'] !== undefined) return;
    const defaults = reader.list<Stored<IngressClass>>('ingressclasses').filter(({ metadata }) => metadata.annotations?.[DEFAULT] === 'true');
    const newest = [...defaults].sort((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp) || a.metadata.name.localeCompare(b.metadata.name))[0];
    if (newest) ingress.spec = { ...ingress.spec, ingressClassName: newest.metadata.name };
  },
};
