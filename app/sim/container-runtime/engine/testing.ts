import { SeededIds, SeededRandom, VirtualClock } from '../../../base/clock/index.ts';
import { SimulatedNetwork } from '../../network/simulated-network.ts';
import type { ContainerConfig, PodSandboxConfig } from '../cri.ts';
import { MemoryVolumeStore } from '../filesystem/volume.ts';
import { findImage } from '../images/catalogue.ts';
import { Container } from './container.ts';
import { sandboxFiles } from './root-filesystem.ts';

/** A running container by itself, on a clock that stands still until it is moved. For tests. */
export class TestContainer {
  readonly clock: VirtualClock;
  readonly container: Container;
  readonly volumes: MemoryVolumeStore;
  readonly network: SimulatedNetwork;

  constructor(image = 'busybox:1.36', own: Partial<ContainerConfig> = {}) {
    const clock = (this.clock = new VirtualClock({ start: Date.UTC(2026, 0, 1), paused: true }));
    const random = new SeededRandom(1);
    this.network = new SimulatedNetwork(clock, random);
    this.network.addNode('n', '172.18.0.2', 0);
    this.volumes = new MemoryVolumeStore({ now: () => clock.now() });
    const found = findImage(image)!;
    const namespace = this.network.attach('n', 'sandbox', { hostNetwork: false });
    const sandbox: PodSandboxConfig = { podName: 'box', podNamespace: 'lab', podUid: 'uid', attempt: 0, hostname: 'box', labels: {}, annotations: {}, hostNetwork: false, dns: { servers: ['10.96.0.10'], searches: ['lab.svc.cluster.local'], options: ['ndots:5'] } };
    const config: ContainerConfig = { name: 'main', attempt: 0, image, imageRef: '', command: ['sleep', 'infinity'], args: [], env: [], mounts: [], stdin: false, stdinOnce: false, tty: false, labels: {}, resources: {}, securityContext: { privileged: false, supplementalGroups: [], readonlyRootfs: false }, ...own };
    this.container = new Container({ id: 'c', podSandboxId: 'sandbox', sandbox, config, image: found.image, info: found.info, clock, ids: new SeededIds(random), random, network: namespace, machine: { cpus: 4, memoryBytes: 8 << 30, bootedAt: clock.now() - 3_600_000 }, disk: this.volumes.disk, shared: sandboxFiles(sandbox, namespace, clock), onExit() {} });
    this.container.start();
  }

  /** Runs a command to its end, or for so long on the clock. */
  async exec(command: readonly string[], { advanceMs = 1_000, input }: { advanceMs?: number; input?: string } = {}): Promise<{ out: string; err: string; code: number }> {
    const session = this.container.exec({ command, stdin: input !== undefined, tty: false });
    if (input !== undefined) {
      session.stdin!.write(new TextEncoder().encode(input));
      session.stdin!.end();
    }
    const read = async (source: AsyncIterable<Uint8Array> | undefined): Promise<string> => {
      const chunks: Uint8Array[] = [];
      if (source) for await (const chunk of source) chunks.push(chunk);
      return Buffer.concat(chunks).toString('utf8');
    };
    const reading = Promise.all([read(session.stdout), read(session.stderr)]);
    let code: number | undefined;
    void session.exit.then((exit) => (code = exit.exitCode));
    const until = this.clock.now() + advanceMs;
    await this.clock.settle();
    while (code === undefined && this.clock.now() < until) await this.clock.advance(Math.min(100, until - this.clock.now()));
    if (code === undefined) {
      session.kill();
      await this.clock.settle();
    }
    const [out, err] = await reading;
    return { out, err, code: code ?? -1 };
  }

  sh(script: string, options?: { advanceMs?: number; input?: string }): Promise<{ out: string; err: string; code: number }> {
    return this.exec(['sh', '-c', script], options);
  }

  dispose(): void {
    this.container.dispose();
    this.clock.dispose();
  }
}
