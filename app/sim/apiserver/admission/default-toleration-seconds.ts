import type { Pod, Toleration } from '../../../contracts/k8s/index.ts';
import type { AdmissionPlugin } from '../interfaces.ts';

const SECONDS = 300;

/** A Pod stays five minutes on a node that is not ready or unreachable. models plugin/pkg/admission/defaulttolerationseconds */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: ({ operation, group, resource, subresource }) => (operation === 'CREATE' || operation === 'UPDATE') && group === '' && resource === 'pods' && subresource === '',
  admit({ object }) {
    const spec = (object as Pod).spec;
    if (!spec) return;
    for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
      const covered = (spec.tolerations ?? []).some(({ key: own, effect }) => (own === key || !own) && (!effect || effect === 'NoExecute'));
      if (covered) continue;
      const toleration: Toleration = { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS };
      spec.tolerations = [...(spec.tolerations ?? []), toleration];
    }
  },
};
