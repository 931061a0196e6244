import type { Pod } from '../../../contracts/k8s/index.ts';
import { newBadRequest, newForbidden, newPlainRefusal } from '../../machinery/errors.ts';
import { StatusError } from '../../machinery/status.ts';
import { isTrue } from '../filters/request-info.ts';
import type { Answer } from '../handlers/answer.ts';
import type { RouterOptions } from '../handlers/router.ts';
import type { RequestContext } from '../interfaces.ts';
import type { Registry } from '../registry/registry.ts';
import { containerOf, kubeletOf } from './log.ts';
import { servePortForward } from './port-forward.ts';
import { serveRemoteCommand } from './remote-command.ts';

/**
 * exec, attach and portforward of a Pod: checks all that can be checked, then answers with what to do once the protocol has been changed.
 *
 * models pkg/registry/core/pod/rest: ExecREST, AttachREST, PortForwardREST
 */
export async function connectPod(registry: Registry, context: RequestContext, options: RouterOptions): Promise<Answer> {
  const { info, query } = context;
  mayCreate(context, options);
  const pod = registry.get(info.namespace, info.name).object as unknown as Pod;
  const target = { namespace: info.namespace, name: info.name };
  if (info.subresource === 'portforward') {
    needsHost(pod);
    const ports = (query['ports'] ?? '').split(',').filter(Boolean).map(Number);
    return { type: 'connect', code: 101, connect: async (upgrade) => {
      const kubelet = kubeletOf(pod, options);
      return servePortForward(upgrade, ports, (port) => kubelet.portForward(target, port));
    } };
  }
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') throw newBadRequest(`cannot ${info.subresource === 'exec' ? 'exec into' : 'attach to'} a container in a completed pod; current phase is ${phase}`);
  const container = containerOf(pod, query['container']);
  needsHost(pod);
  const command = JSON.parse(query['command'] ?? '[]') as string[];
  const tty = isTrue(query['tty']);
  const wanted = { stdin: isTrue(query['stdin']), stdout: isTrue(query['stdout']), stderr: isTrue(query['stderr']) && !tty, tty, command };
  return {
    type: 'connect', code: 101,
    connect: async (upgrade) => {
      const kubelet = kubeletOf(pod, options);
      if (!wanted.stdin && !wanted.stdout && !wanted.stderr) throw newPlainRefusal(400, 'you must specify at least 1 of stdin, stdout, stderr');
      const asked = { ...wanted, cause: context.cause };
      const session = await (info.subresource === 'exec' ? kubelet.exec(target, container, asked) : kubelet.attach(target, container, asked)).catch((error: unknown) => {
        if (error instanceof StatusError && error.plainText === undefined) return error;
        throw error;
      });
      return serveRemoteCommand(upgrade, wanted, session);
    },
  };
}

function needsHost(pod: Readonly<Pod>): void {
  if (!pod.spec?.nodeName) throw newBadRequest(`pod ${pod.metadata?.name} does not have a host assigned`);
}

/** A WebSocket begins with GET; what it does needs the right to create. models features: AuthorizePodWebsocketUpgradeCreatePermission */
function mayCreate({ info, user }: RequestContext, { rbac }: RouterOptions): void {
  if (info.verb === 'create' || user.groups.includes('system:masters') || rbac.authorize({ ...info, verb: 'create', user }).allowed) return;
  throw newForbidden({ group: '', resource: 'pods' }, info.name, `User ${JSON.stringify(user.name)} cannot create resource "pods/${info.subresource}" in API group "" in the namespace ${JSON.stringify(info.namespace)}`);
}
