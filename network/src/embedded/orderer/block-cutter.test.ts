import { describe, expect, it } from 'vitest';
import { BlockCutter } from './index.js';

const cutter = (maxMessages: number, maxBytes: number): BlockCutter<string> =>
  new BlockCutter(() => ({ maxMessages, maxBytes }));
const message = (content: string, size = 1) => ({ content, size });

describe('the block cutter', () => {
  it('cuts at the count', () => {
    const cut = cutter(2, 100);
    expect(cut.add(message('a'))).toEqual([]);
    expect(cut.isPending).toBe(true);
    expect(cut.add(message('b'))).toEqual([['a', 'b']]);
    expect(cut.isPending).toBe(false);
    expect(cut.cut()).toEqual([]);
  });

  it('with a count of one cuts every message', () => {
    expect(cutter(1, 100).add(message('a'))).toEqual([['a']]);
  });

  it('takes exactly as many bytes as allowed, and cuts before one more', () => {
    const cut = cutter(10, 10);
    expect(cut.add(message('a', 4))).toEqual([]);
    expect(cut.add(message('b', 6))).toEqual([]);
    expect(cut.add(message('c', 1))).toEqual([['a', 'b']]);
    expect(cut.isPending).toBe(true);
    expect(cut.cut()).toEqual(['c']);
  });

  it('gives a message larger than a block one of its own, after what was pending', () => {
    const cut = cutter(10, 10);
    cut.add(message('a'));
    expect(cut.add(message('large', 11))).toEqual([['a'], ['large']]);
    expect(cut.isPending).toBe(false);
    expect(cut.add(message('larger', 12))).toEqual([['larger']]);
  });

  it('may cut twice: before an overflow, and at once where the count is one', () => {
    const cut = cutter(2, 10);
    cut.add(message('a', 9));
    expect(cut.add(message('b', 9))).toEqual([['a']]);
    expect(cut.add(message('c', 1))).toEqual([['b', 'c']]);
  });
});
