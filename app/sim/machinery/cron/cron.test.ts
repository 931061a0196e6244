import { describe, expect, it } from 'vitest';
import { rfc3339 } from '../../../base/clock/index.ts';
import { cronTimes, isTimeZone, parseSchedule } from './cron.ts';

const at = (text: string): number => Date.parse(text);
const next = (schedule: string, from: string, zone?: string): string => rfc3339(cronTimes(schedule, zone).next(at(from))!);

describe('cron schedules', () => {
  it.each([
    ['nope', 'expected exactly 5 fields, found 1: [nope]'],
    ['every monday', 'expected exactly 5 fields, found 2: [every monday]'],
    ['61 * * * *', 'end of range (61) above maximum (59): 61'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['* * * * 7', 'end of range (7) above maximum (6): 7'],
    ['@often', 'unrecognized descriptor: @often'],
  ])('%s is refused', (text, message) => expect(() => parseSchedule(text)).toThrow(message));

  it.each([
    ['*/5 * * * *', '2026-01-01T00:00:00Z', undefined, '2026-01-01T00:05:00Z'],
    ['0 3 * * *', '2026-01-01T03:00:00Z', undefined, '2026-01-02T03:00:00Z'],
    ['0 3 * * *', '2026-07-01T00:00:00Z', 'Europe/Berlin', '2026-07-01T01:00:00Z'],
    ['0 0 13 * fri', '2026-01-01T00:00:00Z', undefined, '2026-01-02T00:00:00Z'],
    ['0 0 13 * *', '2026-01-01T00:00:00Z', undefined, '2026-01-13T00:00:00Z'],
    ['@yearly', '2026-01-01T00:00:00Z', undefined, '2027-01-01T00:00:00Z'],
    ['@every 90s', '2026-01-01T00:00:00Z', undefined, '2026-01-01T00:01:30Z'],
    ['30 2 * jan-mar mon-wed', '2026-01-01T00:00:00Z', undefined, '2026-01-05T02:30:00Z'],
  ])('%s after %s (%s): %s', (schedule, from, zone, expected) => expect(next(schedule, from, zone)).toBe(expected));

  it('knows time zones', () => expect([isTimeZone('Europe/Berlin'), isTimeZone('Mars/Olympus'), isTimeZone('+01:00')]).toEqual([true, false, false]));
});
