import type { Pod } from '../../../contracts/k8s/index.ts';
import { newBadRequest, newInvalid, newUnknownError } from '../../machinery/errors.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import type { KubeletServer } from '../../machinery/kubelet-server.ts';
import type { Answer } from '../handlers/answer.ts';
import type { RouterOptions } from '../handlers/router.ts';
import { isTrue } from '../filters/request-info.ts';
import type { RequestContext } from '../interfaces.ts';
import type { Registry } from '../registry/registry.ts';
import { forbidden, invalid } from '../../resources/shared/findings.ts';
import { parseTime } from '../../../base/clock/index.ts';

/** The kubelet of a Pod's node; refused in the words of a dial that failed. */
export function kubeletOf(pod: Readonly<Pod>, { kubelets, nodeAddress }: Pick<RouterOptions, 'kubelets' | 'nodeAddress'>): KubeletServer {
  const node = pod.spec?.nodeName ?? '';
  const kubelet = kubelets(node);
  if (kubelet) return kubelet;
  throw newUnknownError(`error dialing backend: dial tcp ${nodeAddress(node) ?? node}:10250: connect: connection refused`);
}

/** The container meant: the one named, or the only one. models pkg/registry/core/pod: podContainerName */
export function containerOf(pod: Readonly<Pod>, name: string | undefined): string {
  const containers = (pod.spec?.containers ?? []).map((container) => container.name);
  const init = (pod.spec?.initContainers ?? []).map((container) => container.name);
  const ephemeral = (pod.spec?.ephemeralContainers ?? []).map((container) => container.name);
  const podName = pod.metadata?.name ?? '';
  if (name) {
    if ([...containers, ...init, ...ephemeral].includes(name)) return name;
    throw newBadRequest(`container ${name} is not valid for pod ${podName}`);
  }
  if (containers.length === 1 && init.length === 0 && ephemeral.length === 0) return containers[0]!;
  if (containers.length === 1 && ephemeral.length === 0) throw newBadRequest(`a container name must be specified for pod ${podName}, choose one of: [${containers.join(' ')}] or one of the init containers: [${init.join(' ')}]`);
  throw newBadRequest(`a container name must be specified for pod ${podName}, choose one of: [${containers.join(' ')}]`);
}

/** models core/validation: ValidatePodLogOptions */
function logFindings({ tailLines, limitBytes, sinceSeconds, sinceTime }: RequestContext['query']): FieldError[] {
  const findings: FieldError[] = [];
  if (tailLines && Number(tailLines) < 0) findings.push(invalid('tailLines', Number(tailLines), 'must be greater than or equal to 0'));
  if (limitBytes && Number(limitBytes) < 1) findings.push(invalid('limitBytes', Number(limitBytes), 'must be greater than 0'));
  if (sinceSeconds && sinceTime) findings.push(forbidden('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (sinceSeconds && Number(sinceSeconds) < 1) findings.push(invalid('sinceSeconds', Number(sinceSeconds), 'must be greater than 0'));
  return findings;
}

/** GET pods/NAME/log. The answer streams what the kubelet sends. */
export async function podLog(registry: Registry, context: RequestContext, options: RouterOptions): Promise<Answer> {
  const { info, query } = context;
  const pod = registry.get(info.namespace, info.name).object as unknown as Pod;
  const findings = logFindings(query);
  if (findings.length > 0) throw newInvalid({ group: '', kind: 'PodLogOptions' }, info.name, findings);
  const container = containerOf(pod, query['container']);
  if (!pod.spec?.nodeName) return { type: 'text', code: 204, text: '', contentType: '' };
  const kubelet = kubeletOf(pod, options);
  const abort = new AbortController();
  const sinceTime = query['sinceTime'] ? parseTime(query['sinceTime']) : query['sinceSeconds'] ? options.clock.now() - Number(query['sinceSeconds']) * 1000 : undefined;
  const source = await kubelet.containerLogs({ namespace: info.namespace, name: info.name }, container, {
    follow: isTrue(query['follow']),
    previous: isTrue(query['previous']),
    timestamps: isTrue(query['timestamps']),
    ...(sinceTime === undefined ? {} : { sinceTime }),
    ...(query['tailLines'] ? { tailLines: Number(query['tailLines']) } : {}),
    ...(query['limitBytes'] ? { limitBytes: Number(query['limitBytes']) } : {}),
    signal: abort.signal,
  });
  return { type: 'stream', code: 200, contentType: 'text/plain', source, abort: () => abort.abort() };
}
