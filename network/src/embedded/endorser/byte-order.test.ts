import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8, sortedValues } from './byte-order.js';

describe('order of keys', () => {
  it('is that of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it('puts a surrogate pair after what lies above the surrogates', () => {
    const map = new Map([
      ['\u{10000}', 3],
      ['\uffff', 2],
      ['z', 1],
    ]);
    expect(sortedValues(map)).toEqual([1, 2, 3]);
  });
});
