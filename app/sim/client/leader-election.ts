import { rfc3339Micro, type Clock, type Ids, type Random } from '../../base/clock/index.ts';
import type { Disposable } from '../../base/lifecycle/index.ts';
import type { Lease, Stored } from '../../contracts/k8s/index.ts';
import { isNotFound } from '../machinery/status.ts';
import type { ApiClient } from './api-client.ts';
import { EventRecorder } from './event-recorder.ts';
import { leases } from './resource-types.ts';

/** models component-base: the defaults of --leader-elect-lease-duration, -renew-deadline and -retry-period */
const LEASE_MS = 15_000;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;
const JITTER = 1.2;

export interface LeaderElectionOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  /** Of the Lease in kube-system: `kube-scheduler`. */
  readonly lease: string;
  readonly host: string;
  /** Source of the events. */
  readonly component: string;
}

export interface LeaderCallbacks {
  onStartedLeading(): void;
  onStoppedLeading(): void;
}

/**
 * Of several processes of one kind, one leads: whoever holds the Lease.
 *
 * ```
 *   free, or not renewed for 15 s ──▶ take it ──▶ lead, renew every 2 s ──▶ 10 s without success: step down, begin again
 *   held by another ──▶ look again after 2 s and some
 * ```
 * Whoever stops in good order gives the Lease back.
 *
 * models client-go/tools/leaderelection
 */
export class LeaderElector implements Disposable {
  readonly identity: string;
  readonly #options: LeaderElectionOptions;
  readonly #callbacks: LeaderCallbacks;
  readonly #events: EventRecorder;
  readonly #abort = new AbortController();
  /** The Lease as it was last seen, and when a change of it was. */
  #seen: { lease: Stored<Lease>; at: number } | undefined;
  #leading = false;

  constructor(options: LeaderElectionOptions, callbacks: LeaderCallbacks) {
    this.#options = options;
    this.#callbacks = callbacks;
    this.identity = `${options.host}_${options.ids.uuid()}`;
    this.#events = new EventRecorder(options.client, options.clock, options.component);
    void this.#run();
  }

  get leading(): boolean {
    return this.#leading;
  }

  dispose(): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    if (this.#leading) void this.#release();
    this.#leading = false;
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      if (await this.#try()) await this.#lead();
      if (signal.aborted) return;
      await clock.sleep(Math.round(RETRY_MS * (1 + random.next() * JITTER)), signal).catch(() => {});
    }
  }

  async #lead(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#abort;
    if (signal.aborted) return;
    this.#leading = true;
    this.#callbacks.onStartedLeading();
    for (let renewedAt = clock.now(); !signal.aborted; ) {
      await clock.sleep(RETRY_MS, signal).catch(() => {});
      if (signal.aborted) return;
      if (await this.#try()) renewedAt = clock.now();
      else if (clock.now() - renewedAt >= RENEW_DEADLINE_MS) break;
    }
    if (!this.#leading) return;
    this.#leading = false;
    this.#callbacks.onStoppedLeading();
  }

  /** Takes or renews the Lease. models tryAcquireOrRenew */
  async #try(): Promise<boolean> {
    const { client, clock, lease: name } = this.#options;
    try {
      const known = this.#leading ? this.#seen?.lease : await this.#read();
      const now = clock.now();
      if (!known) {
        this.#seen = { lease: await client.create(leases, 'kube-system', { metadata: { name }, spec: this.#record(now, undefined) }, []), at: now };
      } else {
        const holder = known.spec?.holderIdentity;
        if (holder && holder !== this.identity && this.#seen!.at + (known.spec?.leaseDurationSeconds ?? LEASE_MS / 1000) * 1000 > now) return false;
        this.#seen = { lease: await client.update(leases, { ...known, spec: this.#record(now, known) }, []), at: now };
      }
      if (!this.#leading && !this.#abort.signal.aborted) this.#events.event({ kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: this.#seen.lease.metadata }, 'Normal', 'LeaderElection', `${this.identity} became leader`, []);
      return true;
    } catch {
      // Somebody was faster, or nobody answers: look at it afresh the next time.
      if (this.#leading) await this.#read().catch(() => {});
      return false;
    }
  }

  async #read(): Promise<Stored<Lease> | undefined> {
    const { client, clock, lease: name } = this.#options;
    try {
      const lease = await client.get(leases, 'kube-system', name);
      if (this.#seen?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion) this.#seen = { lease, at: clock.now() };
      return lease;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #record(now: number, known: Stored<Lease> | undefined): object {
    const { acquireTime, holderIdentity, leaseTransitions = 0 } = known?.spec ?? {};
    const isMine = holderIdentity === this.identity;
    return {
      holderIdentity: this.identity, leaseDurationSeconds: LEASE_MS / 1000, acquireTime: isMine && acquireTime ? acquireTime : rfc3339Micro(now),
      renewTime: rfc3339Micro(now), leaseTransitions: known && !isMine ? leaseTransitions + 1 : leaseTransitions,
    };
  }

  async #release(): Promise<void> {
    const { client, clock } = this.#options;
    const lease = this.#seen?.lease;
    if (!lease) return;
    const now = rfc3339Micro(clock.now());
    const spec = { leaseDurationSeconds: 1, acquireTime: now, renewTime: now, leaseTransitions: lease.spec?.leaseTransitions ?? 0, holderIdentity: '' };
    await client.update(leases, { ...lease, spec }, []).catch(() => {});
  }
}
