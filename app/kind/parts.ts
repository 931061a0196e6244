import type { Clock } from '../base/clock/index.ts';
import { OrreryError } from '../base/errors/index.ts';
import { Emitter, type Disposable } from '../base/lifecycle/index.ts';
import type { ComponentsCapability, PartInspection } from '../cluster/cluster.ts';
import type { PartView } from '../contracts/ipc/map.ts';
import { execute } from './engine.ts';
import type { KindProvider } from './provider.ts';

const LOOK_MS = 5_000;
const MANIFESTS = '/etc/kubernetes/manifests';
/** Beside the manifests, on the node's own disk: what was switched off is found again after a restart of anything. */
const OFF = '/etc/kubernetes/orrery-switched-off';
/** A line for each part: `on etcd`, `off kube-scheduler`, `on kubelet`. */
const SURVEY = `for f in ${MANIFESTS}/*.yaml; do [ -e "$f" ] && echo "on $(basename "$f" .yaml)"; done; for f in ${OFF}/*.yaml; do [ -e "$f" ] && echo "off $(basename "$f" .yaml)"; done; if [ "$(systemctl is-active kubelet)" = active ]; then echo "on kubelet"; else echo "off kubelet"; fi`;

interface Place {
  readonly node: string;
  readonly unit: string;
}

/**
 * The parts of a kind cluster and their switches: a static Pod's manifest is moved aside, a kubelet is stopped by systemd. All
 * of it is undone by the opposite switch, also by another Orrery or by hand.
 */
export class NodeParts implements ComponentsCapability, Disposable {
  readonly #options: { readonly kind: KindProvider; readonly name: string; readonly clock: Clock; readonly onTrouble: (message: string) => void };
  readonly #onDidChange = new Emitter<readonly PartView[]>();
  readonly onDidChange = this.#onDidChange.event;
  readonly #places = new Map<string, Place>();
  #parts: readonly PartView[] = [];
  #timer: Disposable | undefined;
  #working: Promise<void> = Promise.resolve();
  #isDisposed = false;

  constructor(options: { readonly kind: KindProvider; readonly name: string; readonly clock: Clock; readonly onTrouble: (message: string) => void }) {
    this.#options = options;
  }

  list(): readonly PartView[] {
    return this.#parts;
  }

  start(id: string): void {
    this.#switch(id, true);
  }

  stop(id: string): void {
    this.#switch(id, false);
  }

  inspect(id: string): PartInspection | undefined {
    const part = this.#parts.find((one) => one.id === id);
    const place = this.#places.get(id);
    return part && { now: part.now, facts: place ? [{ name: 'Node', value: place.node }, { name: 'Switch', value: place.unit === 'kubelet' ? 'systemctl' : `${MANIFESTS}/${place.unit}.yaml` }] : [] };
  }

  /** Resolves when all switching is done. */
  settled(): Promise<void> {
    return this.#working;
  }

  /** Looks again and again, for others switch too. */
  watch(): void {
    if (this.#isDisposed) return;
    this.#timer = this.#options.clock.schedule(LOOK_MS, () => void this.refresh().catch((error: Error) => this.#options.onTrouble(error.message)).finally(() => this.watch()));
  }

  async refresh(): Promise<void> {
    const { kind, name } = this.#options;
    const { nodes } = await kind.get(name);
    const parts: PartView[] = [];
    for (const { name: node, role, state } of nodes) {
      const lines = state === 'running' ? (await execute(kind.container(node), ['sh', '-c', SURVEY])).output.split('\n') : [`off kubelet`];
      for (const line of lines) {
        const [, power, unit] = /^(on|off) (\S+)$/.exec(line.trim()) ?? [];
        if (!unit || (role !== 'control-plane' && unit !== 'kubelet')) continue;
        const id = unit === 'kubelet' ? `kubelet/${node}` : unit;
        if (parts.some((one) => one.id === id)) continue;
        this.#places.set(id, { node, unit });
        parts.push({ id, running: power === 'on', now: power === 'on' ? 'running' : state === 'running' ? 'switched off' : `${node} is ${state}` });
      }
    }
    if (this.#isDisposed || JSON.stringify(parts) === JSON.stringify(this.#parts)) return;
    this.#parts = parts;
    this.#onDidChange.fire(parts);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer?.dispose();
    this.#onDidChange.dispose();
  }

  #switch(id: string, on: boolean): void {
    const place = this.#places.get(id);
    if (!place) throw new OrreryError('unknown-part', `There is no part called ${id}.`, { remedy: `Parts are: ${this.#parts.map((one) => one.id).join(', ')}.` });
    const { node, unit } = place;
    const command = unit === 'kubelet' ? `systemctl ${on ? 'start' : 'stop'} kubelet` : on ? `mv ${OFF}/${unit}.yaml ${MANIFESTS}/` : `mkdir -p ${OFF} && mv ${MANIFESTS}/${unit}.yaml ${OFF}/`;
    this.#working = this.#working.then(async () => {
      const { code, output } = await execute(this.#options.kind.container(node), ['sh', '-c', command]);
      if (code !== 0) throw new Error(`${id} could not be switched ${on ? 'on' : 'off'}: ${output.trim()}`);
      await this.refresh();
    }).catch((error: Error) => this.#options.onTrouble(error.message));
  }
}
