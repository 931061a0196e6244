import { Emitter } from '../../base/lifecycle/index.ts';
import type { PartId } from '../../contracts/trace/index.ts';
import type { LoopReport } from '../client/control-loop.ts';
import type { Component, Inspection } from '../machinery/component.ts';

/** What a switch asks its manager. */
export interface LoopHost {
  readonly running: boolean;
  setLoop(name: string, on: boolean): void;
  isOn(name: string): boolean;
  report(name: string): LoopReport | undefined;
}

/** One loop of kube-controller-manager as a part of its own: `kube-controller-manager/deployment`. */
export class LoopSwitch implements Component {
  readonly id: PartId;
  readonly #name: string;
  readonly #host: LoopHost;
  readonly #onDidChange = new Emitter<boolean>();
  readonly onDidChange = this.#onDidChange.event;

  constructor(name: string, host: LoopHost) {
    this.id = `kube-controller-manager/${name}`;
    this.#name = name;
    this.#host = host;
  }

  get running(): boolean {
    return this.#host.running && this.#host.isOn(this.#name);
  }

  start(): void {
    this.#set(true);
  }

  stop(): void {
    this.#set(false);
  }

  inspect(): Inspection {
    const report = this.#host.report(this.#name);
    if (!report) return { now: this.#host.running ? 'switched off' : 'stopped with its manager', facts: [] };
    return {
      now: report.depth > 0 ? `${report.depth} keys queued` : report.retrying > 0 ? `${report.retrying} keys wait for another try` : 'idle',
      facts: [
        { name: 'Queued', value: report.depth },
        { name: 'Retrying', value: report.retrying },
        ...(report.lastKey === undefined ? [] : [{ name: 'Last key', value: report.lastKey }]),
        ...(report.lastError === undefined ? [] : [{ name: 'Last error', value: report.lastError }]),
      ],
      detail: { ...report },
    };
  }

  dispose(): void {
    this.#onDidChange.dispose();
  }

  #set(on: boolean): void {
    if (this.#host.isOn(this.#name) === on) return;
    this.#host.setLoop(this.#name, on);
    this.#onDidChange.fire(this.running);
  }
}
