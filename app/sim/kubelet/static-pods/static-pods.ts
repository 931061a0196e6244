import { parse } from 'yaml';
import { rfc3339 } from '../../../base/clock/index.ts';
import type { Clock } from '../../../base/clock/index.ts';
import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { nodes, pods } from '../../client/resource-types.ts';
import type { VolumeStore } from '../../container-runtime/cri.ts';
import { isAlreadyExists, isNotFound } from '../../machinery/status.ts';
import type { NodeConfig } from '../node-status/node-status.ts';

export const MANIFESTS = '/etc/kubernetes/manifests';
const CONFIG_HASH = 'kubernetes.io/config.hash';
const MIRROR = 'kubernetes.io/config.mirror';

export interface StaticPodsOptions {
  readonly node: NodeConfig;
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly volumes: VolumeStore;
  /** Told of each file that is no Pod. */
  readonly unreadable?: (path: string, reason: string) => void;
}

/**
 * Pods from files on the node. The kubelet runs them without asking anybody, and shows each to the API as a mirror Pod,
 * which can be looked at but decides nothing. models pkg/kubelet/config: file source and pkg/kubelet/pod: mirrorClient
 */
export class StaticPods {
  readonly #options: StaticPodsOptions;
  #pods = new Map<string, Stored<Pod>>();

  constructor(options: StaticPodsOptions) {
    this.#options = options;
  }

  /** Reads the manifests again; says what came and what went. A file that cannot be read as a Pod counts for nothing. */
  reload(): { added: readonly Stored<Pod>[]; removed: readonly Stored<Pod>[] } {
    const next = new Map<string, Stored<Pod>>();
    for (const [name, text] of Object.entries(this.#options.volumes.readHost(MANIFESTS))) {
      if (name.startsWith('.')) continue;
      const pod = this.#read(`${MANIFESTS}/${name}`, text);
      if (pod) next.set(pod.metadata.uid, this.#pods.get(pod.metadata.uid) ?? pod);
    }
    const before = this.#pods;
    this.#pods = next;
    return { added: [...next.values()].filter(({ metadata }) => !before.has(metadata.uid)), removed: [...before.values()].filter(({ metadata }) => !next.has(metadata.uid)) };
  }

  all(): readonly Stored<Pod>[] {
    return [...this.#pods.values()];
  }

  has(uid: string): boolean {
    return this.#pods.has(uid);
  }

  /** The static Pod behind a mirror; undefined for any other Pod. */
  uidOf(pod: Stored<Pod>): string | undefined {
    return pod.metadata.annotations?.[MIRROR];
  }

  async ensureMirrors(): Promise<void> {
    for (const uid of this.#pods.keys()) await this.ensureMirror(uid);
  }

  async ensureMirror(uid: string): Promise<void> {
    const pod = this.#pods.get(uid);
    if (!pod) return;
    const { client, node: own } = this.#options;
    const node = await client.get(nodes, undefined, own.name);
    const owner = { apiVersion: 'v1', kind: 'Node', name: own.name, uid: node.metadata.uid, controller: true };
    const { uid: _, resourceVersion: __, creationTimestamp: ___, generation: ____, ...metadata } = pod.metadata;
    const mirror = { metadata: { ...metadata, annotations: { ...metadata.annotations, [MIRROR]: uid }, ownerReferences: [owner] }, spec: pod.spec };
    await client.create(pods, pod.metadata.namespace, mirror, []).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
  }

  async deleteMirror({ metadata }: Stored<Pod>): Promise<void> {
    const { client } = this.#options;
    const absent = (error: unknown): undefined => {
      if (isNotFound(error)) return undefined;
      throw error;
    };
    const mirror = await client.get(pods, metadata.namespace, metadata.name).catch(absent);
    if (!mirror?.metadata.annotations?.[MIRROR]) return;
    await client.delete(pods, metadata.namespace, metadata.name, { gracePeriodSeconds: 0, preconditions: { uid: mirror.metadata.uid } }, []).catch(absent);
  }

  #read(path: string, text: string): Stored<Pod> | undefined {
    try {
      const manifest = parse(text) as Pod | null;
      if (manifest?.kind === 'Pod' && manifest.metadata?.name && manifest.spec?.containers) return this.#prepare(manifest);
      this.#options.unreadable?.(path, `${path}: couldn't parse as pod(${manifest?.kind ? `invalid pod: ${JSON.stringify(manifest.kind)}` : "Object 'Kind' is missing"}), please check config file`);
    } catch (error) {
      this.#options.unreadable?.(path, `${path}: couldn't parse as pod(yaml: ${(error as Error).message.split('\n')[0]}), please check config file`);
    }
    return undefined;
  }

  /** models config/common.go: applyDefaults */
  #prepare(manifest: Pod): Stored<Pod> {
    const { node, clock } = this.#options;
    const uid = hashOf(JSON.stringify(manifest) + node.name);
    return {
      ...manifest,
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...manifest.metadata, name: `${manifest.metadata!.name}-${node.name}`, namespace: manifest.metadata!.namespace ?? 'default', uid, resourceVersion: '', creationTimestamp: '', generation: 1,
        annotations: { ...manifest.metadata!.annotations, [CONFIG_HASH]: uid, 'kubernetes.io/config.seen': rfc3339(clock.now()).replace('Z', '.000000000Z'), 'kubernetes.io/config.source': 'file' },
      },
      spec: {
        restartPolicy: 'Always', terminationGracePeriodSeconds: 30, dnsPolicy: 'ClusterFirst', enableServiceLinks: true, schedulerName: 'default-scheduler',
        ...manifest.spec!, nodeName: node.name,
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
