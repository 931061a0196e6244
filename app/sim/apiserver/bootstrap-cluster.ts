import { readDataFile } from '../resources/data.ts';
import { localPriority } from '../resources/apiregistration/priorities.ts';
import { resourceDefinitions } from '../resources/index.ts';

type Json = Record<string, any>;
type Ensure = (path: string, body: Json, fieldManager?: string) => Promise<void>;

const FLOW_CONTROL = 'flowcontrol.apiserver.k8s.io/v1';
const PRIORITY_CLASSES = [
  { name: 'system-cluster-critical', value: 2_000_000_000, description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.' },
  { name: 'system-node-critical', value: 2_000_001_000, description: 'Used for system critical pods that must not be moved from their current node.' },
];

/**
 * What a fresh API server makes besides namespaces and roles: classes of priority, flow control, the Service network, an
 * APIService for each of its own versions.
 *
 * models the post-start hooks of pkg/controlplane and kube-aggregator (autoregister)
 */
export async function ensureClusterObjects(ensure: Ensure, serviceNetwork: string): Promise<void> {
  for (const { name, ...rest } of PRIORITY_CLASSES) await ensure('/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name }, ...rest });
  await ensure('/apis/networking.k8s.io/v1/servicecidrs', { metadata: { name: 'kubernetes' }, spec: { cidrs: [serviceNetwork] } });
  const flowControl = JSON.parse(readDataFile('flowcontrol/bootstrap.json')) as Record<string, Json[]>;
  for (const [resource, objects] of Object.entries(flowControl)) {
    for (const object of objects) await ensure(`/apis/${FLOW_CONTROL}/${resource}`, object, 'api-priority-and-fairness-config-producer-v1');
  }
  for (const text of new Set(resourceDefinitions.map((definition) => `${definition.group}/${definition.version}`))) {
    const [group = '', version = ''] = text.split('/');
    const priority = localPriority(group, version);
    if (!priority) continue;
    await ensure('/apis/apiregistration.k8s.io/v1/apiservices', {
      metadata: { name: `${version}.${group}`, labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
      spec: { ...(group ? { group } : {}), version, ...priority },
    });
  }
}
