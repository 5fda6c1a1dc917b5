import { expect, it } from 'vitest';
import { RateLimiter } from './limits.js';

/** Calls at those times, in milliseconds. @returns which of them went through. */
function taken(perMinute: number, times: readonly number[]): number[] {
  let now = 0;
  const limiter = new RateLimiter(perMinute, () => now);
  return times.filter((at) => {
    now = at;
    try {
      limiter.take('caller');
      return true;
    } catch {
      return false;
    }
  });
}
const every = (ms: number, until: number) => Array.from({ length: until / ms }, (_, n) => n * ms);

it('lets a tenth of a minute’s calls through at once, then one for each share of the minute', () => {
  expect(taken(60, [0, 0, 0, 0, 0, 0, 0, 500, 1_000, 1_000, 2_500, 3_000])).toEqual([
    0, 0, 0, 0, 0, 0, 1_000, 2_500, 3_000,
  ]);
});

it('is not kept empty by those who try again before the next is due', () => {
  const seconds = 10;
  const calls = taken(600, every(10, seconds * 1_000));
  expect(calls.length).toBeGreaterThanOrEqual(60 + 10 * (seconds - 1));
});
