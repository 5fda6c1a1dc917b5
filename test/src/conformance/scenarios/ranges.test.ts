import { describe, expect, it } from 'vitest';
import { evaluateJson, newKey, steps, submit } from '../harness/calls.js';
import { chaincodeRefusal } from '../harness/chaincode-refusal.js';
import { contractOf } from '../harness/clients.js';
import { SINGLE } from '../harness/standing-chaincodes.js';

const single = contractOf(SINGLE);

describe('a range of keys', () => {
  it('has its start and not its end, in the order of bytes', async () => {
    const prefix = newKey();
    for (const end of ['c', 'a', 'B', 'b', 'é', 'aa', '\u{1F600}', '\uffee']) {
      await submit(single, 'put', prefix + end, end);
    }
    const all = await evaluateJson<[string, string][]>(single, 'range', prefix, `${prefix}\u{10ffff}`);
    expect(all.map(([, value]) => value)).toEqual(['B', 'a', 'aa', 'b', 'c', 'é', '\uffee', '\u{1F600}']);
    const some = await evaluateJson<[string, string][]>(single, 'range', `${prefix}a`, `${prefix}b`);
    expect(some.map(([, value]) => value)).toEqual(['a', 'aa']);
  });

  it('is empty where its end is its start, or before it', async () => {
    const key = newKey();
    await submit(single, 'put', key, '1');
    expect(await evaluateJson(single, 'range', key, key)).toEqual([]);
  });

  it('reaches to the last key where it has no end', async () => {
    const key = `\u{10fff0}${newKey()}`;
    await submit(single, 'put', key, 'last');
    const found = await evaluateJson<[string, string][]>(single, 'range', `\u{10fff0}`, '');
    expect(found).toContainEqual([key, 'last']);
  });

  it('of more keys than a peer sends at once comes whole', async () => {
    const prefix = newKey();
    await submit(single, 'putMany', prefix, '101');
    await submit(single, 'putMany', `${prefix}x`, '100');
    const found = await evaluateJson<[string, string][]>(single, 'range', prefix, `${prefix}~`);
    expect(found).toHaveLength(201);
    expect(await evaluateJson(single, 'range', `${prefix}x`, `${prefix}~`)).toHaveLength(100);
    expect(new Set(found.map(([key]) => key)).size).toBe(201);
  });

  it('may be left before its end', async () => {
    const prefix = newKey();
    await submit(single, 'putMany', prefix, '120');
    const twice = steps(['rangeSome', prefix, `${prefix}~`, '1'], ['rangeSome', prefix, `${prefix}~`, '2']);
    expect(await evaluateJson(single, 'steps', twice)).toHaveLength(2);
  });

  it('does not have what the transaction itself has written', async () => {
    const prefix = newKey();
    const { result } = await submit(
      single,
      'steps',
      steps(['put', `${prefix}a`, '1'], ['range', prefix, `${prefix}~`]),
    );
    expect(JSON.parse(result)).toEqual([]);
  });

  it('does not have composite keys', async () => {
    const type = newKey('type');
    await submit(single, 'putComposite', type, '["a"]', '1');
    const everything = await evaluateJson<[string, string][]>(single, 'range', '', '');
    expect(everything.filter(([key]) => key.includes(type))).toEqual([]);
  });
});

describe('pages of a range', () => {
  interface Page {
    entries: [string, string][];
    fetched: number;
    bookmark: string;
  }
  const page = (prefix: string, size: number, bookmark = ''): Promise<Page> =>
    evaluateJson(single, 'page', prefix, `${prefix}~`, String(size), bookmark);

  it('follow each other by their bookmarks, up to an empty one', async () => {
    const prefix = newKey();
    await submit(single, 'putMany', prefix, '7');
    const seen: string[] = [];
    const fetched: number[] = [];
    let bookmark = '';
    do {
      const next = await page(prefix, 3, bookmark);
      seen.push(...next.entries.map(([, value]) => value));
      fetched.push(next.fetched);
      bookmark = next.bookmark;
    } while (bookmark !== '');
    expect(seen).toEqual(['0000', '0001', '0002', '0003', '0004', '0005', '0006']);
    expect(fetched).toEqual([3, 3, 1]);
  });

  it('have the key of the next page as bookmark', async () => {
    const prefix = newKey();
    await submit(single, 'putMany', prefix, '4');
    expect((await page(prefix, 2)).bookmark).toBe(`${prefix}0002`);
    expect((await page(prefix, 4)).bookmark).toBe('');
  });

  it('may be larger than what there is, or than what a peer sends at once', async () => {
    const prefix = newKey();
    await submit(single, 'putMany', prefix, '250');
    const all = await page(prefix, 1000);
    expect([all.fetched, all.entries.length, all.bookmark]).toEqual([250, 250, '']);
    const most = await page(prefix, 249);
    expect([most.fetched, most.entries.length, most.bookmark]).toEqual([249, 249, `${prefix}0249`]);
  });

  it('are for transactions that write nothing', async () => {
    const unsupported = 'txid [<id>]: unsuppored transaction. ';
    expect(await chaincodeRefusal('steps', steps(['put', newKey(), '1'], ['page', 'a', 'b', '1', '']))).toBe(
      `GET_STATE_BY_RANGE failed: transaction ID: <id>: ${unsupported}` +
        'Paginated queries are supported only in a read-only transaction',
    );
    expect(await chaincodeRefusal('steps', steps(['page', 'a', 'b', '1', ''], ['put', newKey(), '1']))).toBe(
      `PUT_STATE failed: transaction ID: <id>: ${unsupported}` +
        'Transaction has already performed a paginated query. Writes are not allowed',
    );
  });
});

describe('composite keys', () => {
  interface Composite {
    objectType: string;
    attributes: string[];
    value: string;
  }
  const find = (type: string, ...attributes: string[]): Promise<Composite[]> =>
    evaluateJson(single, 'composites', type, JSON.stringify(attributes));

  it('are found by their first attributes', async () => {
    const type = newKey('type');
    for (const [a, b] of [
      ['red', '1'],
      ['red', '2'],
      ['blue', '1'],
      ['redder', '1'],
    ]) {
      await submit(single, 'putComposite', type, JSON.stringify([a, b]), `${String(a)} ${String(b)}`);
    }
    expect((await find(type, 'red')).map(({ value }) => value)).toEqual(['red 1', 'red 2']);
    expect((await find(type)).map(({ value }) => value)).toEqual(['blue 1', 'red 1', 'red 2', 'redder 1']);
    expect(await find(type, 'green')).toEqual([]);
  });

  it('give back type and attributes, in any script', async () => {
    const type = newKey('type');
    await submit(single, 'putComposite', type, JSON.stringify(['Ärztin', 'x y', '患者']), 'x');
    expect(await find(type, 'Ärztin')).toEqual([
      { objectType: type, attributes: ['Ärztin', 'x y', '患者'], value: 'x' },
    ]);
  });

  it('come in pages too', async () => {
    const type = newKey('type');
    const calls = ['a', 'b', 'c'].map((name) => ['putComposite', type, JSON.stringify([name]), name]);
    await submit(single, 'steps', steps(...calls));
    interface Page {
      attributes: string[][];
      bookmark: string;
    }
    const first = await evaluateJson<Page>(single, 'compositePage', type, '2', '');
    expect(first.attributes).toEqual([['a'], ['b']]);
    const second = await evaluateJson<Page>(single, 'compositePage', type, '2', first.bookmark);
    expect(second).toEqual({ attributes: [['c']], bookmark: '' });
  });
});
