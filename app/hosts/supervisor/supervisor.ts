import type { Clock } from '../../base/clock/index.ts';
import { OrreryError } from '../../base/errors/index.ts';
import { DisposableStore, Emitter, type Disposable } from '../../base/lifecycle/index.ts';
import type { Answer, HostState, Notice, RequestChannel } from '../../contracts/ipc/index.ts';
import type { FromHost, ToHost } from '../protocol/messages.ts';

/** A running utility process, as Electron's `utilityProcess.fork` returns it. */
export interface HostProcess {
  postMessage(message: ToHost): void;
  onMessage(listener: (message: FromHost) => void): void;
  onExit(listener: (code: number) => void): void;
  kill(): void;
}

export interface SupervisorOptions {
  readonly name: HostState['name'];
  /** For notices: `The cluster`. */
  readonly title: string;
  /** What a restart means for the learner, a sentence. */
  readonly afterRestart: string;
  readonly config: unknown;
  readonly fork: () => HostProcess;
  readonly clock: Clock;
}

const HEARTBEAT_MS = 5_000;
/** So many heartbeats without a word mean that the process hangs. */
const SILENT_BEATS = 4;
const RESTART_DELAYS_MS = [100, 500, 1_000, 2_000, 5_000];
/** A process that lived so long starts a new count. */
const CALM_MS = 60_000;

/**
 * Keeps one utility process alive.
 *
 * ```
 *   starting ──started──▶ running ──exit / silence──▶ restarting ──delay──▶ starting
 *                                                        └── five times in a row ──▶ failed
 * ```
 *
 * Invariants
 * 1. Every request is answered: when the process goes, those open are answered with an error that says so.
 * 2. No more than five restarts in a row; a minute of calm forgives.
 * 3. After `dispose` nothing is started again.
 */
export class Supervisor implements Disposable {
  readonly #options: SupervisorOptions;
  readonly #onPush = new Emitter<Extract<FromHost, { type: 'push' }>>();
  readonly onPush = this.#onPush.event;
  readonly #onDidChange = new Emitter<HostState>();
  readonly onDidChange = this.#onDidChange.event;
  readonly #onNotice = new Emitter<Notice>();
  readonly onNotice = this.#onNotice.event;
  readonly #open = new Map<number, (answer: Answer<unknown>) => void>();
  #timers = new DisposableStore();
  #process: HostProcess | undefined;
  #state: HostState['state'] = 'starting';
  #restarts = 0;
  #inARow = 0;
  #startedAt = 0;
  #silentBeats = 0;
  #id = 0;
  #disposed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get state(): HostState {
    return { name: this.#options.name, state: this.#state, restarts: this.#restarts };
  }

  /** Does nothing while its process lives, and after `dispose`. */
  start(): void {
    if (this.#process || this.#disposed) return;
    const process = (this.#process = this.#options.fork());
    this.#startedAt = this.#options.clock.now();
    this.#silentBeats = 0;
    this.#set('starting');
    process.onMessage((message) => this.#take(message));
    process.onExit((code) => {
      if (this.#process === process) this.#ended(code);
    });
    process.postMessage({ type: 'start', config: this.#options.config });
    this.#beat(process);
  }

  /** Never rejects. */
  request(channel: RequestChannel, payload: unknown): Promise<Answer<unknown>> {
    const process = this.#process;
    if (!process) return Promise.resolve({ ok: false, error: { code: 'host-away', message: `${this.#options.title} is not running right now.`, remedy: 'It is being started again. Try once more in a moment.' } });
    const id = ++this.#id;
    return new Promise((resolve) => {
      this.#open.set(id, resolve);
      process.postMessage({ type: 'request', id, channel, payload });
    });
  }

  /** Asks the process to end by itself, and waits for that a little. */
  async stop(limitMs = 3_000): Promise<void> {
    const process = this.#process;
    this.#disposed = true;
    if (!process) return this.dispose();
    process.postMessage({ type: 'stop' });
    const ended = new Promise<void>((resolve) => process.onExit(() => resolve()));
    await Promise.race([ended, this.#options.clock.sleep(limitMs)]);
    this.dispose();
  }

  dispose(): void {
    this.#disposed = true;
    this.#timers.dispose();
    const process = this.#process;
    this.#process = undefined;
    process?.kill();
    this.#refuseOpen();
    for (const emitter of [this.#onPush, this.#onDidChange, this.#onNotice]) emitter.dispose();
  }

  #take(message: FromHost): void {
    this.#silentBeats = 0;
    if (message.type === 'started') this.#set('running');
    else if (message.type === 'push') this.#onPush.fire(message);
    else if (message.type === 'answer') {
      this.#open.get(message.id)?.(message.answer);
      this.#open.delete(message.id);
    }
  }

  /** A beat that comes late itself proves nothing: the whole machine slept, or is busy. */
  #beat(process: HostProcess): void {
    const { clock } = this.#options;
    const dueAt = clock.now() + HEARTBEAT_MS;
    this.#timers.add(
      clock.schedule(HEARTBEAT_MS, () => {
        if (this.#process !== process) return;
        this.#silentBeats = clock.now() - dueAt > HEARTBEAT_MS ? 0 : this.#silentBeats + 1;
        if (this.#silentBeats > SILENT_BEATS) process.kill();
        else process.postMessage({ type: 'ping', id: ++this.#id });
        this.#beat(process);
      }),
    );
  }

  #ended(code: number): void {
    const { clock, title, afterRestart, name } = this.#options;
    this.#process = undefined;
    this.#timers.clear();
    this.#refuseOpen();
    if (this.#disposed) return;
    this.#inARow = clock.now() - this.#startedAt > CALM_MS ? 0 : this.#inARow;
    const delay = RESTART_DELAYS_MS[this.#inARow++];
    if (delay === undefined) {
      this.#set('failed');
      this.#onNotice.fire({ id: `host-${name}`, severity: 'error', title: `${title} keeps stopping`, message: `Its process ended ${RESTART_DELAYS_MS.length} times in a row (exit ${code}).`, remedy: 'Quit Orrery and start it again. Your files and progress are kept.' });
      return;
    }
    this.#restarts++;
    this.#set('restarting');
    this.#onNotice.fire({ id: `host-${name}`, severity: 'warning', title: `${title} was restarted`, message: `Its process ended unexpectedly (exit ${code}). ${afterRestart}` });
    this.#timers.add(clock.schedule(delay, () => this.start()));
  }

  #refuseOpen(): void {
    const { code, message } = new OrreryError('host-ended', `${this.#options.title} stopped before it could answer.`);
    for (const resolve of this.#open.values()) resolve({ ok: false, error: { code, message, remedy: 'It is being started again. Try once more in a moment.' } });
    this.#open.clear();
  }

  #set(state: HostState['state']): void {
    this.#state = state;
    this.#onDidChange.fire(this.state);
  }
}
