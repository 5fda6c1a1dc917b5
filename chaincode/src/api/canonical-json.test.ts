import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.js';

describe('canonical JSON', () => {
  it('sorts members by UTF-16 code units at every depth, and leaves out undefined ones', () => {
    expect(canonicalJson({ b: [{ z: 1, a: 2 }], a: null, c: undefined, '\u20ac': 1, '\r': 2 })).toBe(
      '{"\\r":2,"a":null,"b":[{"a":2,"z":1}],"\u20ac":1}',
    );
  });

  it('writes numbers as RFC 8785 does', () => {
    expect(canonicalJson([1e21, 1e-7, 0.1, -0, 333333333.33333329])).toBe(
      '[1e+21,1e-7,0.1,0,333333333.3333333]',
    );
  });

  it('gives one text for every order of the members, and reads back the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('refuses what JSON cannot carry', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    for (const value of [undefined, NaN, { deep: [Infinity] }, () => 1, cycle, 1n]) {
      expect(() => canonicalJson(value)).toThrow(TypeError);
    }
  });
});
