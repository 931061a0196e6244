import type { Clock } from '../../../base/clock/index.ts';

export interface JournalLine {
  readonly at: number;
  /** `kubelet.service` */
  readonly unit: string;
  /** `kubelet[731]` */
  readonly source: string;
  readonly text: string;
}

/** Older ones are vacuumed. */
const MAX_LINES = 5_000;

/** What the services of a machine say. models systemd-journald */
export class Journal {
  readonly #clock: Clock;
  readonly #lines: JournalLine[] = [];
  readonly #followers = new Set<(line: JournalLine) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(unit: string, source: string, text: string): void {
    const line = { at: this.#clock.now(), unit, source, text };
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.splice(0, MAX_LINES / 10);
    for (const follower of this.#followers) follower(line);
  }

  of(unit: string | undefined): readonly JournalLine[] {
    return unit === undefined ? this.#lines : this.#lines.filter((line) => line.unit === unit);
  }

  follow(listener: (line: JournalLine) => void): { dispose(): void } {
    this.#followers.add(listener);
    return { dispose: () => void this.#followers.delete(listener) };
  }
}
