import { describe, expect, it } from 'vitest';
import { gather } from './gather.js';

/** Work that ends when it is told to. */
function held() {
  const asked: { items: readonly number[]; end: (error?: Error) => void }[] = [];
  const work = (items: readonly number[]) =>
    new Promise<number[]>((resolve, reject) => {
      asked.push({
        items,
        end: (error) => (error === undefined ? resolve(items.map((item) => item * 10)) : reject(error)),
      });
    });
  return { asked, work };
}

describe('calls that are gathered', () => {
  it('go alone where they come alone, and together with the next where one is under way', async () => {
    const { asked, work } = held();
    const call = gather(work, 3);
    const first = call(1);
    const others = [2, 3, 4, 5].map((item) => call(item));
    expect(asked.map(({ items }) => items)).toEqual([[1]]);
    asked[0]?.end();
    expect(await first).toBe(10);
    expect(asked.map(({ items }) => items)).toEqual([[1], [2, 3, 4]]);
    asked[1]?.end();
    await others[0];
    asked[2]?.end();
    expect(await Promise.all(others)).toEqual([20, 30, 40, 50]);
    expect(asked.map(({ items }) => items)).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('fail together, and those after them do not', async () => {
    const { asked, work } = held();
    const call = gather(work);
    const first = call(1);
    const second = [call(2), call(3)];
    const failures = Promise.allSettled(second);
    asked[0]?.end();
    await first;
    asked[1]?.end(new Error('gone'));
    expect((await failures).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const last = call(4);
    asked[2]?.end();
    expect(await last).toBe(40);
  });
});
