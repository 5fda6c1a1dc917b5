import { describe, expect, it } from 'vitest';
import { spreadOf } from './spread.js';

describe('the spread of measurements', () => {
  it('is their median, with the lowest and the highest', () => {
    expect(spreadOf([9, 7, 30])).toEqual({ median: 9, lowest: 7, highest: 30 });
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, lowest: 1, highest: 4 });
  });

  it('is not of nothing', () => {
    expect(() => spreadOf([])).toThrow('nothing was measured');
  });
});
