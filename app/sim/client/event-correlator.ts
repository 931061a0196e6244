import type { Clock } from '../../base/clock/index.ts';

/** What an event says, apart from when and how often. */
export interface Sighting {
  /** Who tells of what: source and object. */
  readonly spamKey: string;
  /** Type and reason. */
  readonly kind: string;
  /** Which part of the object: `spec.containers{web}`. */
  readonly fieldPath: string;
  readonly message: string;
}

export interface Correlated {
  /** Under which the event is remembered: sightings of one key are one event, counted up. */
  readonly key: string;
  readonly message: string;
}

/** models client-go/tools/record: the defaults of EventCorrelator */
const SIMILAR = 10;
const FORGET_MS = 600_000;
const BURST = 25;
const REFILL_MS = 300_000;
const MAX_REMEMBERED = 4_096;

/**
 * Keeps a part that repeats itself from filling the store with events.
 *
 * ```
 *   sighting ─▶ 10 of one reason with other words within 10 minutes? ─▶ one event "(combined from similar events): …"
 *            ─▶ more than 25 about one object, and one more every 5 minutes? ─▶ dropped
 * ```
 * models client-go/tools/record: EventAggregator, EventSourceObjectSpamFilter
 */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #similar = new Map<string, { readonly messages: Set<string>; at: number }>();
  readonly #tokens = new Map<string, { left: number; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How the sighting is to be told. */
  correlate({ spamKey, kind, fieldPath, message }: Sighting): Correlated {
    const group = `${spamKey}\n${kind}`;
    const now = this.#clock.now();
    let record = this.#similar.get(group);
    if (!record || now - record.at > FORGET_MS) record = { messages: new Set(), at: now };
    record.messages.add(message);
    record.at = now;
    remember(this.#similar, group, record);
    if (record.messages.size < SIMILAR) return { key: `${group}\n${fieldPath}\n${message}`, message };
    record.messages.delete(record.messages.values().next().value!);
    return { key: group, message: `(combined from similar events): ${message}` };
  }

  /** False: too much was said about this object lately. Each call that is true uses one token. */
  allows({ spamKey }: Pick<Sighting, 'spamKey'>): boolean {
    const now = this.#clock.now();
    const bucket = this.#tokens.get(spamKey) ?? { left: BURST, at: now };
    bucket.left = Math.min(BURST, bucket.left + (now - bucket.at) / REFILL_MS);
    bucket.at = now;
    remember(this.#tokens, spamKey, bucket);
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }
}

/** The latest come last; the oldest are forgotten first. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > MAX_REMEMBERED) map.delete(map.keys().next().value!);
}
