import { rfc3339, rfc3339Micro, type Clock } from '../../base/clock/index.ts';
import type { CoreV1Event, KubeObject } from '../../contracts/k8s/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import { isAlreadyExists, isNotFound } from '../machinery/status.ts';
import type { ApiClient } from './api-client.ts';
import { EventCorrelator } from './event-correlator.ts';
import { events, newEvents } from './resource-types.ts';

/** What an event is about; `kind` and `apiVersion` are given because objects from lists lack them. */
export interface EventSubject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: KubeObject['metadata'];
  /** `spec.containers{web}` */
  readonly fieldPath?: string;
}

interface Remembered {
  readonly name: string;
  readonly namespace: string;
  count: number;
}

const MAX_REMEMBERED = 4_096;

/**
 * Writes Events of the core API, counting repeated ones up instead of writing them again.
 * models client-go/tools/record: EventCorrelator. Fire and forget: a lost event is no failure of its writer.
 */
export class EventRecorder {
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #component: string;
  readonly #host: string | undefined;
  readonly #correlator: EventCorrelator;
  readonly #known = new Map<string, Remembered>();
  #last = 0n;

  constructor(client: ApiClient, clock: Clock, component: string, host?: string) {
    this.#client = client;
    this.#clock = clock;
    this.#correlator = new EventCorrelator(clock);
    this.#component = component;
    this.#host = host;
  }

  event(subject: EventSubject, type: 'Normal' | 'Warning', reason: string, message: string, cause: Cause): void {
    void this.#write(subject, type, reason, message, cause).catch(() => {});
  }

  async #write(subject: EventSubject, type: string, reason: string, said: string, cause: Cause): Promise<void> {
    const { metadata } = subject;
    const namespace = metadata.namespace ?? 'default';
    const sighting = { spamKey: [subject.apiVersion, subject.kind, namespace, metadata.name, metadata.uid].join('\n'), kind: `${type}\n${reason}`, fieldPath: subject.fieldPath ?? '', message: said };
    const { key, message } = this.#correlator.correlate(sighting);
    const now = rfc3339(this.#clock.now());
    const known = this.#known.get(key);
    if (known) known.count++;
    if (!this.#correlator.allows(sighting)) return;
    if (known) {
      try {
        await this.#client.patch(events, namespace, known.name, { count: known.count, lastTimestamp: now, ...(message === said ? {} : { message }) }, cause);
        return;
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
    await this.#create(subject, { type, reason, message, namespace, now, key }, cause);
  }

  /** Two parts may write of things of one name in the same moment: the later takes the next name. */
  async #create(subject: EventSubject, { type, reason, message, namespace, now, key }: { type: string; reason: string; message: string; namespace: string; now: string; key: string }, cause: Cause, tries = 3): Promise<void> {
    const { metadata } = subject;
    const name = `${metadata.name}.${this.#suffix()}`;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(key, { name, namespace, count: 1 });
    const event: CoreV1Event = {
      metadata: { name, namespace },
      involvedObject: {
        kind: subject.kind, apiVersion: subject.apiVersion, name: metadata.name, ...(metadata.namespace ? { namespace: metadata.namespace } : {}), uid: metadata.uid,
        resourceVersion: metadata.resourceVersion, ...(subject.fieldPath ? { fieldPath: subject.fieldPath } : {}),
      },
      reason, message, type, count: 1, firstTimestamp: now, lastTimestamp: now,
      source: { component: this.#component, ...(this.#host ? { host: this.#host } : {}) },
      reportingComponent: this.#component, reportingInstance: this.#host ?? '',
    };
    try {
      await this.#client.create(events, namespace, event, cause);
    } catch (error) {
      if (!isAlreadyExists(error) || tries === 0) throw error;
      await this.#create(subject, { type, reason, message, namespace, now, key }, cause, tries - 1);
    }
  }

  /** Nanoseconds of now in hexadecimal, made unique: `18ea925cd93d7b27`. */
  #suffix(): string {
    const nanoseconds = BigInt(Math.round(this.#clock.now())) * 1_000_000n + offsetOf(this.#component + (this.#host ?? ''));
    this.#last = nanoseconds > this.#last ? nanoseconds : this.#last + 1n;
    return this.#last.toString(16);
  }
}

/**
 * Nanoseconds within the millisecond, of each recorder its own: time stands still while parts work, and two of them may write
 * about one object at once. Events of the same name would be lost.
 */
function offsetOf(name: string): bigint {
  let hash = 2_166_136_261;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16_777_619);
  return BigInt((hash >>> 0) % 900_000);
}

interface Series {
  readonly name: string;
  readonly namespace: string;
  count: number;
  lastAt: number;
}

/** A series that was silent for so long begins anew. models client-go/tools/events: finishTime */
const SERIES_ENDS_MS = 6 * 60_000;
const SERIES_REFRESH_MS = 30 * 60_000;

/**
 * Writes events.k8s.io Events, as the scheduler does. The same about the same state of an object becomes a series: the
 * second time is written, later ones are only counted until the series is refreshed.
 *
 * models client-go/tools/events: eventBroadcasterImpl
 */
export class NewEventRecorder {
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #controller: string;
  readonly #instance: string;
  readonly #series = new Map<string, Series & { writtenAt: number }>();
  #last = 0n;

  constructor(client: ApiClient, clock: Clock, controller: string, instance: string) {
    this.#client = client;
    this.#clock = clock;
    this.#controller = controller;
    this.#instance = instance;
  }

  event(subject: EventSubject, type: 'Normal' | 'Warning', reason: string, action: string, note: string, cause: Cause): void {
    const { metadata } = subject;
    const key = [type, action, reason, metadata.uid, metadata.resourceVersion].join('\n');
    const now = this.#clock.now();
    const known = this.#series.get(key);
    if (known && now - known.lastAt < SERIES_ENDS_MS) return this.#repeat(known, now, cause);
    const namespace = metadata.namespace ?? 'default';
    const nanoseconds = BigInt(Math.round(now)) * 1_000_000n + offsetOf(this.#instance);
    this.#last = nanoseconds > this.#last ? nanoseconds : this.#last + 1n;
    const name = `${metadata.name}.${this.#last.toString(16)}`;
    if (this.#series.size >= MAX_REMEMBERED) this.#series.clear();
    this.#series.set(key, { name, namespace, count: 1, lastAt: now, writtenAt: now });
    const body = {
      metadata: { name, namespace },
      eventTime: rfc3339Micro(now), reportingController: this.#controller, reportingInstance: this.#instance, action, reason, note, type,
      regarding: { kind: subject.kind, apiVersion: subject.apiVersion, name: metadata.name, namespace, uid: metadata.uid, resourceVersion: metadata.resourceVersion },
    };
    void this.#client.create(newEvents, namespace, body, cause).catch(() => {});
  }

  #repeat(series: Series & { writtenAt: number }, now: number, cause: Cause): void {
    series.count++;
    series.lastAt = now;
    if (series.count > 2 && now - series.writtenAt < SERIES_REFRESH_MS) return;
    series.writtenAt = now;
    const patch = { series: { count: series.count, lastObservedTime: rfc3339Micro(now) } };
    void this.#client.patch(newEvents, series.namespace, series.name, patch, cause).catch(() => {});
  }
}
