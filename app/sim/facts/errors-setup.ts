import type { RawClient } from './client.ts';
import { readFacts, type Json } from './facts.ts';

const REQUEST = 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1IOENBUUF3SFRFTU1Bb0dBMVVFQ2d3RFpHVjJNUTB3Q3dZRFZRUUREQVJxWVc1bE1Ga3dFd1lIS29aSQp6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUVjVmdGSm5PT0RyMmVSekRVbStJWjY0aG4wMTd0a0NMR3hGeVMrWmtjCktacVR6d0RmaFZKemVHWkxnb0Z3SXJFOWNtRDZaSUkrMHpqNk9lWFZaVHV1T2FBQU1Bb0dDQ3FHU000OUJBTUMKQTBrQU1FWUNJUUM5S1p4VnMrYWxXV3g2SkdNaytRQlRwTUVxdndieU5NT0kxMEJXMUJyVWt3SWhBSmYyTURScwpBekluTks4Y2haZ3ZzQ3lLSE9UZ016aUVxVHMySVJ3QmJtcE8KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==';

const core = (kind: string, name: string, rest: Json = {}): Json => ({ apiVersion: 'v1', kind, metadata: { name }, ...rest });
const container = { name: 'a', image: 'busybox:1.36' };
const template = (app: string, spec: Json): Json => ({ metadata: { labels: { app } }, spec });

/** The objects that stood on the recorded server when the refused requests were sent. */
const OBJECTS: readonly (readonly [path: string, object: Json])[] = [
  ['/api/v1/namespaces', core('Namespace', 'err')],
  ['/api/v1/namespaces', core('Namespace', 'errterm')],
  ['/api/v1/namespaces', core('Namespace', 'errq')],
  ['/api/v1/namespaces/errterm/configmaps', { ...core('ConfigMap', 'held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } }],
  ['/api/v1/namespaces/err/configmaps?fieldManager=facts', core('ConfigMap', 'cm', { data: { a: 'b' } })],
  ['/api/v1/namespaces/err/configmaps', core('ConfigMap', 'imm', { data: { a: 'b' }, immutable: true })],
  ['/api/v1/namespaces/err/secrets', core('Secret', 's', { type: 'Opaque', data: { a: 'Yg==' } })],
  ['/api/v1/namespaces/err/services', core('Service', 'svc', { spec: { clusterIP: '10.96.0.200', selector: { app: 'd' }, ports: [{ port: 80 }] } })],
  ['/api/v1/namespaces/err/services', core('Service', 'np', { spec: { type: 'NodePort', selector: { app: 'd' }, ports: [{ port: 80, nodePort: 30080 }] } })],
  ['/api/v1/namespaces/err/pods', core('Pod', 'p', { spec: { schedulerName: 'none', containers: [container] } })],
  ['/api/v1/namespaces/err/pods', { ...core('Pod', 'bound', { spec: { nodeName: 'node-3', containers: [container] } }), metadata: { name: 'bound', labels: { app: 'pdb' } } }],
  ['/apis/policy/v1/namespaces/err/poddisruptionbudgets', { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'block' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'pdb' } } } }],
  ['/apis/apps/v1/namespaces/err/deployments', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { replicas: 0, selector: { matchLabels: { app: 'd' } }, template: template('d', { containers: [{ name: 'app', image: 'nginx:1.27' }] }) } }],
  ['/apis/apps/v1/namespaces/err/statefulsets', { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 's' }, spec: { replicas: 0, serviceName: 's', selector: { matchLabels: { app: 's' } }, template: template('s', { containers: [{ name: 'app', image: 'nginx:1.27' }] }) } }],
  ['/apis/batch/v1/namespaces/err/jobs', { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j' }, spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1.36' }] } } } }],
  ['/api/v1/namespaces/err/persistentvolumeclaims', core('PersistentVolumeClaim', 'pvc', { spec: { storageClassName: 'none', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } } })],
  ['/apis/rbac.authorization.k8s.io/v1/namespaces/err/roles', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'r' }, rules: [{ apiGroups: [''], resources: ['pods'], resourceNames: ['p'], verbs: ['get'] }, { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs: ['create'] }] }],
  ['/apis/rbac.authorization.k8s.io/v1/namespaces/err/rolebindings', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'rb' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' }, subjects: [{ kind: 'User', name: 'alice', apiGroup: 'rbac.authorization.k8s.io' }] }],
  ['/apis/rbac.authorization.k8s.io/v1/namespaces/err/rolebindings', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'devs' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'Group', name: 'devs', apiGroup: 'rbac.authorization.k8s.io' }] }],
  ['/apis/scheduling.k8s.io/v1/priorityclasses', { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'errpc' }, value: 5 }],
  ['/apis/certificates.k8s.io/v1/certificatesigningrequests', { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'errcsr' }, spec: { request: REQUEST, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] } }],
  ['/api/v1/nodes', core('Node', 'node-3', { spec: { podCIDR: '10.244.3.0/24', podCIDRs: ['10.244.3.0/24'] } })],
  ['/api/v1/namespaces/errq/resourcequotas', core('ResourceQuota', 'q', { spec: { hard: { pods: '0', configmaps: '1' } } })],
  ['/api/v1/namespaces/errq/limitranges', core('LimitRange', 'lr', { spec: { limits: [{ type: 'Container', min: { cpu: '100m' }, max: { cpu: '1' } }] } })],
  ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'gadgets.example.com' },
    spec: {
      group: 'example.com', scope: 'Namespaced', names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
    },
  }],
  ['/apis/example.com/v1/namespaces/err/gadgets', { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'g' }, spec: { size: 1 } }],
];

export async function setupObjects(client: RawClient): Promise<void> {
  const widgets = readFacts('defaults/crd.json');
  const objects: readonly (readonly [string, Json])[] = [
    ...OBJECTS, [widgets['path'], widgets['input']],
    ['/apis/stable.example.com/v1/namespaces/err/widgets', { apiVersion: 'stable.example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size: 2 } }],
  ];
  for (const [path, body] of objects) {
    for (let attempt = 0; attempt < 20; attempt++) {
      const { code, text } = await client.send({ method: 'POST', path, contentType: 'application/json', body });
      // A namespace needs a moment before its Pods may come: the service account is made by a controller.
      if (code !== 403 && code !== 404) {
        if (code >= 300 && process.env['FACTS']) console.log(`setup ${path}: ${code} ${text}`);
        break;
      }
      await client.pause(200);
    }
  }
  // No kubelet does it: the node is a name only.
  await client.send({ method: 'PATCH', path: '/api/v1/namespaces/err/pods/bound/status', contentType: 'application/merge-patch+json', body: { status: { phase: 'Running' } } });
  await client.send({ method: 'DELETE', path: '/api/v1/namespaces/errterm' });
}
