import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../base/clock/index.ts';
import { EventCorrelator } from './event-correlator.ts';

const sighting = (message: string, kind = 'Warning\nFailedCreate'): { spamKey: string; kind: string; fieldPath: string; message: string } => ({ spamKey: 'web', kind, fieldPath: '', message });

describe('an event correlator', () => {
  it('tells the tenth similar event, and all after it, as one; the first nine keep their own', async () => {
    const clock = new VirtualClock({ start: 0, paused: true });
    const correlator = new EventCorrelator(clock);
    const told = Array.from({ length: 12 }, (_, index) => correlator.correlate(sighting(`no ${index}`)));
    expect(told.slice(0, 9).map(({ message }) => message)).toEqual(Array.from({ length: 9 }, (_, index) => `no ${index}`));
    expect(told.slice(9).map(({ message }) => message)).toEqual(['no 9', 'no 10', 'no 11'].map((message) => `(combined from similar events): ${message}`));
    expect(new Set(told.slice(9).map(({ key }) => key)).size).toBe(1);
    expect(correlator.correlate(sighting('other reason', 'Normal\nScaled')).message).toBe('other reason');
    await clock.advance(600_001);
    expect(correlator.correlate(sighting('no 99')).message).toBe('no 99');
    clock.dispose();
  });

  it('lets 25 through about one object, then one every five minutes', async () => {
    const clock = new VirtualClock({ start: 0, paused: true });
    const correlator = new EventCorrelator(clock);
    const let25 = Array.from({ length: 30 }, () => correlator.allows({ spamKey: 'web' })).filter(Boolean);
    expect(let25).toHaveLength(25);
    expect(correlator.allows({ spamKey: 'db' })).toBe(true);
    await clock.advance(300_000);
    expect([correlator.allows({ spamKey: 'web' }), correlator.allows({ spamKey: 'web' })]).toEqual([true, false]);
    clock.dispose();
  });
});
