import { expect, test } from 'vitest';
import { VirtualClock, type Clock } from '../../base/clock/index.ts';
import type { FromHost, ToHost } from '../protocol/messages.ts';
import { Supervisor, type HostProcess } from './supervisor.ts';

/** A process in memory that the test plays. */
class Played implements HostProcess {
  readonly sent: ToHost[] = [];
  listener: (message: FromHost) => void = () => {};
  ended: ((code: number) => void)[] = [];
  postMessage(message: ToHost): void {
    this.sent.push(message);
  }
  onMessage(listener: (message: FromHost) => void): void {
    this.listener = listener;
  }
  onExit(listener: (code: number) => void): void {
    this.ended.push(listener);
  }
  kill(): void {
    for (const listener of this.ended) listener(9);
  }
}

function setUp(): { clock: VirtualClock; forked: Played[]; supervisor: Supervisor; notices: string[]; tearDown: () => void } {
  const clock = new VirtualClock({ start: 0, paused: true });
  const forked: Played[] = [];
  const supervisor = new Supervisor({ name: 'cluster', title: 'The cluster', afterRestart: 'It is fresh.', config: { a: 1 }, clock, fork: () => forked[forked.push(new Played()) - 1]! });
  const notices: string[] = [];
  const listening = supervisor.onNotice(({ title }) => notices.push(title));
  supervisor.start();
  const tearDown = (): void => [listening, supervisor, clock].forEach((one) => one.dispose());
  return { clock, forked, supervisor, notices, tearDown };
}

test('a request is answered; one that is open when the process dies is refused', async () => {
  const { forked, supervisor, tearDown } = setUp();
  forked[0]!.listener({ type: 'started' });
  expect(supervisor.state).toEqual({ name: 'cluster', state: 'running', restarts: 0 });
  const first = supervisor.request('time:state', undefined);
  const request = forked[0]!.sent.find((message) => message.type === 'request')!;
  forked[0]!.listener({ type: 'answer', id: (request as { id: number }).id, answer: { ok: true, value: 7 } });
  expect(await first).toEqual({ ok: true, value: 7 });
  const second = supervisor.request('time:state', undefined);
  forked[0]!.kill();
  expect(await second).toMatchObject({ ok: false, error: { code: 'host-ended' } });
  expect(await supervisor.request('time:state', undefined)).toMatchObject({ ok: false, error: { code: 'host-away' } });
  tearDown();
});

test('it restarts five times in a row, then gives up and says so', async () => {
  const { clock, forked, supervisor, notices, tearDown } = setUp();
  for (let i = 0; i < 6; i++) {
    forked.at(-1)!.kill();
    await clock.advance(6_000);
  }
  expect(forked).toHaveLength(6);
  expect(supervisor.state).toEqual({ name: 'cluster', state: 'failed', restarts: 5 });
  expect(notices.at(-1)).toBe('The cluster keeps stopping');
  tearDown();
});

test('a minute of calm forgives; silence is death', async () => {
  const { clock, forked, supervisor, tearDown } = setUp();
  for (let i = 0; i < 4; i++) {
    forked.at(-1)!.kill();
    await clock.advance(3_000);
  }
  for (let i = 0; i < 14; i++) {
    forked.at(-1)!.listener({ type: 'pong', id: 0 });
    await clock.advance(5_000);
  }
  expect(forked).toHaveLength(5);
  await clock.advance(31_000);
  expect(forked.length).toBeGreaterThan(5);
  expect(supervisor.state.state).not.toBe('failed');
  tearDown();
});

test('a machine that slept finds its processes alive', () => {
  let now = 0;
  const due: (() => void)[] = [];
  const clock: Clock = { now: () => now, schedule: (_delay, callback) => (due.push(callback), { dispose() {} }), sleep: () => Promise.resolve() };
  const forked: Played[] = [];
  const supervisor = new Supervisor({ name: 'cluster', title: 'The cluster', afterRestart: '', config: {}, clock, fork: () => forked[forked.push(new Played()) - 1]! });
  supervisor.start();
  let killed = 0;
  forked[0]!.kill = () => void killed++;
  const beat = (later: number): void => {
    now += later;
    due.shift()!();
  };
  for (const later of [5_000, 5_000, 5_000, 5_000, 3_600_000, 5_000, 5_000, 5_000, 5_000]) beat(later);
  expect(killed).toBe(0);
  beat(5_000);
  expect(killed).toBe(1);
  supervisor.dispose();
});

test('it is started once, and never after its end', () => {
  const { forked, supervisor, tearDown } = setUp();
  supervisor.start();
  expect(forked).toHaveLength(1);
  supervisor.dispose();
  supervisor.start();
  expect(forked).toHaveLength(1);
  tearDown();
});
