import { expect, it } from 'vitest';
import { bytes, remaining } from './words.ts';

it('says what is left, and how much it is', () => {
  expect([remaining(4_500, 1_000), remaining(0, 1_000), remaining(300_000, 0)]).toEqual(['4 s', '0 s', '5 min']);
  expect([bytes(900), bytes(1_500), bytes(70 * 1024 ** 2), bytes(1.4 * 1024 ** 3)]).toEqual(['900 B', '1.5 KiB', '70 MiB', '1.4 GiB']);
});
