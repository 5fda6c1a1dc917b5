import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.js';

describe('calls that come at once', () => {
  it('begin in their order, so many in a turn of the event loop', async () => {
    const turns = new Turns();
    const begun: number[] = [];
    for (let call = 0; call < 40; call += 1) void turns.next().then(() => begun.push(call));
    await Promise.resolve();
    const first = begun.length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(40);
    await setImmediate();
    expect(begun.length).toBe(2 * first);
    while (begun.length < 40) await setImmediate();
    expect(begun).toEqual(Array.from({ length: 40 }, (_, call) => call));
  });

  it('begin in this turn where there are few', async () => {
    const turns = new Turns();
    for (let call = 0; call < 40; call += 1) {
      let isNextTurn = false;
      void setImmediate().then(() => (isNextTurn = true));
      await turns.next();
      expect(isNextTurn).toBe(false);
      await setImmediate();
    }
  });
});
