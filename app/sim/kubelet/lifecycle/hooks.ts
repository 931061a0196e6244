import type { Clock } from '../../../base/clock/index.ts';
import type { Container } from '../../../contracts/k8s/index.ts';
import type { ContainerRuntime } from '../../container-runtime/cri.ts';
import type { NetworkNamespace } from '../../network/network.ts';
import { httpStatus } from '../probes/http.ts';

type Handler = NonNullable<NonNullable<Container['lifecycle']>['preStop']>;

export interface HookRunner {
  readonly runtime: ContainerRuntime;
  readonly network: NetworkNamespace;
  readonly clock: Clock;
}

/** Runs a postStart or preStop handler to its end; rejects when it fails. models pkg/kubelet/lifecycle: handlerRunner */
export async function runHook({ runtime, network, clock }: HookRunner, container: Container, containerId: string, podIP: string, handler: Handler): Promise<void> {
  if (handler.exec) {
    const { exitCode } = await runtime.execSync(containerId, handler.exec.command ?? [], 0);
    if (exitCode !== 0) throw new Error(`command '${(handler.exec.command ?? []).join(' ')}' exited with ${exitCode}`);
  } else if (handler.httpGet) {
    const { host, port, path = '/', httpHeaders = [] } = handler.httpGet;
    const number = typeof port === 'number' ? port : ((container.ports ?? []).find((candidate) => candidate.name === port)?.containerPort ?? 0);
    const status = await httpStatus(network, { host: host ?? podIP, port: number, path, headers: Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])), agent: 'kube-lifecycle/1.36' });
    if (status >= 400) throw new Error(`HTTP hook failed with statuscode: ${status}`);
  } else if (handler.sleep) await clock.sleep(handler.sleep.seconds * 1000);
}
