import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { pods } from '../../client/resource-types.ts';
import { isAlreadyExists } from '../../machinery/status.ts';
import type { NodeConfig } from '../node-status/node-status.ts';
import { nodes } from '../../client/resource-types.ts';

const CONFIG_HASH = 'kubernetes.io/config.hash';
const MIRROR = 'kubernetes.io/config.mirror';

/**
 * Pods from files on the node. The kubelet runs them without asking anybody, and shows each to the API as a mirror Pod,
 * which can be looked at but decides nothing. models pkg/kubelet/config: file source and pkg/kubelet/pod: mirrorClient
 */
export class StaticPods {
  readonly #node: NodeConfig;
  readonly #client: ApiClient;
  readonly #pods = new Map<string, Stored<Pod>>();

  constructor(node: NodeConfig, client: ApiClient, manifests: Readonly<Record<string, object>>) {
    this.#node = node;
    this.#client = client;
    for (const manifest of Object.values(manifests)) {
      const pod = this.#prepare(manifest as Pod);
      this.#pods.set(pod.metadata.uid, pod);
    }
  }

  list(): readonly Stored<Pod>[] {
    return [...this.#pods.values()];
  }

  /** The static Pod behind a mirror; undefined for any other Pod. */
  uidOf(pod: Stored<Pod>): string | undefined {
    const hash = pod.metadata.annotations?.[MIRROR];
    return hash !== undefined && this.#pods.has(hash) ? hash : undefined;
  }

  async ensureMirrors(): Promise<void> {
    for (const uid of this.#pods.keys()) await this.ensureMirror(uid);
  }

  async ensureMirror(uid: string): Promise<void> {
    const pod = this.#pods.get(uid);
    if (!pod) return;
    const node = await this.#client.get(nodes, undefined, this.#node.name);
    const owner = { apiVersion: 'v1', kind: 'Node', name: this.#node.name, uid: node.metadata.uid, controller: true };
    const { uid: _, resourceVersion: __, creationTimestamp: ___, ...metadata } = pod.metadata;
    const mirror = { metadata: { ...metadata, annotations: { ...metadata.annotations, [MIRROR]: uid }, ownerReferences: [owner] }, spec: pod.spec };
    await this.#client.create(pods, pod.metadata.namespace, mirror, []).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
  }

  /** models config/common.go: applyDefaults */
  #prepare(manifest: Pod): Stored<Pod> {
    const uid = hashOf(JSON.stringify(manifest) + this.#node.name);
    return {
      ...manifest,
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...manifest.metadata, name: `${manifest.metadata!.name}-${this.#node.name}`, namespace: manifest.metadata!.namespace ?? 'default', uid, resourceVersion: '', creationTimestamp: '', generation: 1,
        annotations: { ...manifest.metadata!.annotations, [CONFIG_HASH]: uid, 'kubernetes.io/config.seen': '2026-01-01T00:00:00.000000000Z', 'kubernetes.io/config.source': 'file' },
      },
      spec: {
        ...manifest.spec!, nodeName: this.#node.name, restartPolicy: 'Always', terminationGracePeriodSeconds: 30, dnsPolicy: 'ClusterFirst', enableServiceLinks: true, schedulerName: 'default-scheduler',
        tolerations: [...(manifest.spec!.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }],
      },
    } as Stored<Pod>;
  }
}

/** 32 hexadecimal digits. */
function hashOf(text: string): string {
  let result = '';
  for (let round = 0; result.length < 32; round++) {
    let state = 0x811c9dc5 ^ round;
    for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193) >>> 0;
    result += state.toString(16).padStart(8, '0');
  }
  return result;
}
