import { describe, expect, it } from 'vitest';
import { evaluate, evaluateJson, newKey, steps, submit } from '../harness/calls.js';
import { channelOf, contractOf, MAIN, network, org1, org2 } from '../harness/clients.js';
import { refusal } from '../harness/refusals.js';
import { ASSETS, EVERY, SINGLE } from '../harness/standing-chaincodes.js';

const single = contractOf(SINGLE);

/** What the chaincode was told, as the endorsing peer words it. */
async function chaincodeRefusal(name: string, ...args: string[]): Promise<string> {
  const { message } = await refusal(single.evaluateTransaction(name, ...args));
  return message
    .replace('evaluate call to endorser returned error: chaincode response 500, ', '')
    .replace(/transaction ID: [0-9a-f]{64}/, 'transaction ID: <id>')
    .replace(/txid \[[0-9a-f]{64}\]/, 'txid [<id>]');
}

describe('state', () => {
  it('has nothing under a key that was never written', async () => {
    expect(await single.evaluateTransaction('get', newKey())).toHaveLength(0);
  });

  it('keeps the last value that was written', async () => {
    const key = newKey();
    await submit(single, 'put', key, 'one');
    await submit(single, 'put', key, 'two');
    expect(await evaluate(single, 'get', key)).toBe('two');
  });

  it('is read as it was committed: a transaction does not see its own writes', async () => {
    const key = newKey();
    const { result } = await submit(single, 'steps', steps(['put', key, 'mine'], ['get', key]));
    expect(result).toBe('');
    expect(await evaluate(single, 'steps', steps(['put', key, 'other'], ['get', key]))).toBe('mine');
    expect(await evaluate(single, 'steps', steps(['delete', key], ['get', key]))).toBe('mine');
  });

  it('keeps the last of several writes in a transaction', async () => {
    const key = newKey();
    await submit(single, 'steps', steps(['put', key, 'a'], ['delete', key], ['put', key, 'b']));
    expect(await evaluate(single, 'get', key)).toBe('b');
    await submit(single, 'steps', steps(['put', key, 'c'], ['delete', key]));
    expect(await evaluate(single, 'get', key)).toBe('');
  });

  it('forgets a deleted key, and takes it anew', async () => {
    const key = newKey();
    await submit(single, 'put', key, '1');
    await submit(single, 'delete', key);
    expect(await evaluate(single, 'get', key)).toBe('');
    expect(await evaluateJson(single, 'range', key, `${key}~`)).toEqual([]);
    await submit(single, 'put', key, 'again');
    expect(await evaluate(single, 'get', key)).toBe('again');
  });

  it('takes the deletion of a key that is not there', async () => {
    expect((await submit(single, 'delete', newKey())).code).toBe('VALID');
  });

  it('keeps bytes as they are', async () => {
    const key = newKey();
    const bytes = Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i));
    await submit(single, 'putBytes', key, bytes.toString('base64'));
    expect(Buffer.from(await single.evaluateTransaction('get', key))).toEqual(bytes);
  });

  it('takes an empty value for a deletion', async () => {
    const key = newKey();
    await submit(single, 'put', key, '1');
    expect((await submit(single, 'put', key, '')).code).toBe('VALID');
    expect(await evaluateJson(single, 'range', key, `${key}~`)).toEqual([]);
    const [newest] = await evaluateJson<{ isDelete: boolean }[]>(single, 'history', key);
    expect(newest?.isDelete).toBe(true);
  });

  it('takes keys and values in any script', async () => {
    const prefix = newKey();
    for (const text of ['Größe', 'مريض', '患者', '𝔘𝔫𝔦', '👩‍⚕️', 'a b\tc', '%2F../"quoted"']) {
      await submit(single, 'put', prefix + text, text);
      expect(await evaluate(single, 'get', prefix + text)).toBe(text);
    }
  });

  it('takes a value of a megabyte', async () => {
    const key = newKey();
    const size = 1024 * 1024;
    expect((await submit(single, 'putSize', key, String(size))).code).toBe('VALID');
    expect(await single.evaluateTransaction('get', key)).toHaveLength(size);
  });

  it('takes a key of a thousand characters', async () => {
    const key = newKey() + 'k'.repeat(1000);
    await submit(single, 'put', key, 'long');
    expect(await evaluate(single, 'get', key)).toBe('long');
  });

  it('takes hundreds of writes in a transaction', async () => {
    const prefix = newKey();
    expect((await submit(single, 'putMany', prefix, '300')).code).toBe('VALID');
    expect(await evaluateJson(single, 'range', prefix, `${prefix}~`)).toHaveLength(300);
  });

  it('of a chaincode is its own', async () => {
    const key = newKey();
    await submit(single, 'put', key, 'single');
    await submit(contractOf(EVERY), 'put', key, 'every');
    expect(await evaluate(single, 'get', key)).toBe('single');
    expect(await evaluate(contractOf(EVERY), 'get', key)).toBe('every');
    expect(await evaluate(contractOf(ASSETS), 'get', key)).toBe('');
  });

  it("of a channel is its own, under the same chaincode's name", async () => {
    const key = newKey();
    const second = channelOf(org1.identities.client, network.channels.second).getContract(SINGLE);
    await submit(second, 'put', key, 'on the second');
    await submit(single, 'put', key, 'on the main');
    expect(await evaluate(second, 'get', key)).toBe('on the second');
    expect(await evaluate(single, 'get', key)).toBe('on the main');
  });

  it('has no rich queries on LevelDB', async () => {
    expect(await chaincodeRefusal('query', '{"selector":{}}')).toBe(
      'GET_QUERY_RESULT failed: transaction ID: <id>: ExecuteQuery not supported for leveldb',
    );
  });
});

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

describe('the history of a key', () => {
  interface Change {
    txId: string;
    value: string;
    isDelete: boolean;
    seconds: number;
  }

  it('has all changes, the newest first, with transaction and time', async () => {
    const key = newKey();
    const began = Math.floor(Date.now() / 1000);
    const ids = [];
    for (const value of ['one', 'two']) ids.push((await submit(single, 'put', key, value)).txId);
    ids.push((await submit(single, 'delete', key)).txId);
    ids.push((await submit(single, 'put', key, 'three')).txId);
    const changes = await evaluateJson<Change[]>(single, 'history', key);
    expect(changes.map(({ txId }) => txId)).toEqual(ids.reverse());
    expect(changes.map(({ value, isDelete }) => [value, isDelete])).toEqual([
      ['three', false],
      ['', true],
      ['two', false],
      ['one', false],
    ]);
    for (const { seconds } of changes) expect(seconds).toBeGreaterThanOrEqual(began);
  });

  it('has one change a transaction, its last write', async () => {
    const key = newKey();
    await submit(single, 'steps', steps(['put', key, 'a'], ['put', key, 'b']));
    const changes = await evaluateJson<Change[]>(single, 'history', key);
    expect(changes.map(({ value }) => value)).toEqual(['b']);
  });

  it('has no changes by invalid transactions', async () => {
    const key = newKey();
    const stale = await single.newProposal('increment', { arguments: [key] }).endorse();
    await submit(single, 'increment', key);
    expect((await (await stale.submit()).getStatus()).successful).toBe(false);
    expect(await evaluateJson<Change[]>(single, 'history', key)).toHaveLength(1);
  });

  it('is empty for a key that was never written', async () => {
    expect(await evaluateJson(single, 'history', newKey())).toEqual([]);
  });

  it('of many changes comes whole', async () => {
    const key = newKey();
    // Writes alone never conflict, so that all may be on the way at once.
    await Promise.all(Array.from({ length: 120 }, (_, i) => submit(single, 'put', key, String(i))));
    const changes = await evaluateJson<Change[]>(single, 'history', key);
    expect(new Set(changes.map(({ value }) => value)).size).toBe(120);
  });
});

describe('the context of a transaction', () => {
  it('names channel, transaction, creator and the time that the client gave', async () => {
    const before = Math.floor(Date.now() / 1000);
    const proposal = single.newProposal('context');
    const context = JSON.parse(Buffer.from(await proposal.evaluate()).toString()) as Record<string, unknown>;
    expect(context).toMatchObject({
      channel: MAIN,
      txId: proposal.getTransactionId(),
      mspId: org1.mspId,
      certificate: org1.identities.client.certificate,
    });
    expect(context['seconds']).toBeGreaterThanOrEqual(before);
    expect(context['seconds']).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('binds to nonce, creator and epoch', async () => {
    const [one, two] = [await evaluate(single, 'binding'), await evaluate(single, 'binding')];
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(two).not.toBe(one);
  });

  it('is that of the client, whichever peer endorses', async () => {
    const { mspId } = await evaluateJson<{ mspId: string }>(
      contractOf(SINGLE, org2.identities.client),
      'context',
    );
    expect(mspId).toBe(org2.mspId);
  });
});
