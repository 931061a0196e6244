import { describe, expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

describe('VirtualClock', () => {
  it('fires in order of time, then of scheduling, at exactly the scheduled time', async () => {
    const clock = new VirtualClock({ start: 1_000, paused: true });
    const seen: [string, number][] = [];
    const note = (name: string) => () => void seen.push([name, clock.now()]);
    clock.schedule(30, note('c'));
    clock.schedule(10, note('a'));
    clock.schedule(30, note('d'));
    clock.schedule(20, note('b'));
    await clock.advance(29);
    expect(seen).toEqual([['a', 1_010], ['b', 1_020]]);
    await clock.advance(1);
    expect(seen.slice(2)).toEqual([['c', 1_030], ['d', 1_030]]);
    clock.dispose();
  });

  it('settles what one callback started before the next fires', async () => {
    const clock = new VirtualClock({ start: 0, paused: true });
    const seen: string[] = [];
    clock.schedule(1, async () => {
      for (let i = 0; i < 50; i++) await Promise.resolve();
      seen.push('first');
    });
    clock.schedule(1, () => void seen.push('second'));
    await clock.advance(1);
    expect(seen).toEqual(['first', 'second']);
    clock.dispose();
  });

  it('stands still when paused, keeps its time when the speed changes, and never goes back', async () => {
    let real = 0;
    const clock = new VirtualClock({
      start: 100,
      host: { now: () => real, setTimer: () => ({ dispose() {} }), afterTurn: (callback) => void setImmediate(callback) },
    });
    real = 10;
    expect(clock.now()).toBe(110);
    clock.setSpeed(100);
    real = 11;
    expect(clock.now()).toBe(210);
    clock.pause();
    real = 50;
    expect(clock.now()).toBe(210);
    clock.resume();
    expect(clock.now()).toBe(210);
    real = 51;
    expect(clock.now()).toBe(310);
    clock.dispose();
  });

  it('does not run past a timer that has not fired yet', () => {
    let real = 0;
    const clock = new VirtualClock({
      start: 0,
      host: { now: () => real, setTimer: () => ({ dispose() {} }), afterTurn: (callback) => void setImmediate(callback) },
    });
    const timer = clock.schedule(5, () => {});
    real = 1_000;
    expect(clock.now()).toBe(5);
    timer.dispose();
    expect(clock.now()).toBe(1_000);
    clock.dispose();
  });

  it('runs by itself in real time, and faster', async () => {
    const clock = new VirtualClock({ start: 0, speed: 1_000, paused: true });
    const fired = new Promise<number>((resolve) => void clock.schedule(20_000, () => resolve(clock.now())));
    clock.resume();
    expect(await fired).toBe(20_000);
    clock.dispose();
  });

  it('forgets cancelled timers and rejects aborted sleeps', async () => {
    const clock = new VirtualClock({ start: 0, paused: true });
    const abort = new AbortController();
    const sleep = clock.sleep(10, abort.signal);
    abort.abort(new Error('left'));
    await expect(sleep).rejects.toThrow('left');
    clock.schedule(5, () => expect.unreachable()).dispose();
    expect(clock.pending).toBe(0);
    await clock.advance(20);
    clock.dispose();
  });

  it('lets go of sleeps when it is disposed: nobody else holds them', async () => {
    const clock = new VirtualClock({ start: 0, paused: true });
    let woken = 0;
    void clock.sleep(5).then(() => woken++);
    clock.dispose();
    void clock.sleep(5).then(() => woken++);
    expect(clock.pending).toBe(0);
    await expect(clock.sleep(5, AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
    expect(woken).toBe(0);
  });
});
