/**
 * How kubectl ranks the groups that the server serves itself, and their versions.
 *
 * models pkg/controlplane/apiserver: DefaultGenericAPIServicePriorities
 */
const PRIORITIES: Readonly<Record<string, readonly [group: number, version: number]>> = {
  'v1.': [18_000, 1],
  'v1.apps': [17_800, 15],
  'v1.events.k8s.io': [17_750, 15],
  'v1.authentication.k8s.io': [17_700, 15],
  'v1.authorization.k8s.io': [17_600, 15],
  'v1.autoscaling': [17_500, 15],
  'v2.autoscaling': [17_500, 30],
  'v1.batch': [17_400, 15],
  'v1.certificates.k8s.io': [17_300, 15],
  'v1.networking.k8s.io': [17_200, 15],
  'v1.policy': [17_100, 15],
  'v1.rbac.authorization.k8s.io': [17_000, 15],
  'v1.storage.k8s.io': [16_800, 15],
  'v1.apiextensions.k8s.io': [16_700, 15],
  'v1.admissionregistration.k8s.io': [16_700, 15],
  'v1.scheduling.k8s.io': [16_600, 15],
  'v1.coordination.k8s.io': [16_500, 15],
  'v1.node.k8s.io': [16_300, 15],
  'v1.discovery.k8s.io': [16_200, 15],
  'v1.resource.k8s.io': [16_200, 21],
  'v1.flowcontrol.apiserver.k8s.io': [16_100, 21],
};

/** Of a group and version served by this server; the aggregator itself has none. */
export function localPriority(group: string, version: string): { readonly groupPriorityMinimum: number; readonly versionPriority: number } | undefined {
  const found = PRIORITIES[`${version}.${group}`];
  return found && { groupPriorityMinimum: found[0], versionPriority: found[1] };
}
