import { ApiClient } from '../client/api-client.ts';
import type { HostPod } from '../container-runtime/processes/hosted.ts';
import type { TransportFactory } from '../machinery/transport.ts';

export function serviceAccountUser(pod: HostPod, account: string): { name: string; groups: string[] } {
  return { name: `system:serviceaccount:${pod.namespace}:${account}`, groups: ['system:serviceaccounts', `system:serviceaccounts:${pod.namespace}`, 'system:authenticated'] };
}

/** The API as a program in a Pod reaches it: as the Pod's service account. */
export function serviceAccountClient(transport: TransportFactory, pod: HostPod, account: string, userAgent: string): ApiClient {
  return new ApiClient(transport({ part: `pod/${pod.namespace}/${pod.name}`, user: serviceAccountUser(pod, account), userAgent }));
}
