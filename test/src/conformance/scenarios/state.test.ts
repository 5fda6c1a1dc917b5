import { describe, expect, it } from 'vitest';
import { evaluate, evaluateJson, newKey, steps, submit } from '../harness/calls.js';
import { chaincodeRefusal } from '../harness/chaincode-refusal.js';
import { channelOf, contractOf, network, org1 } from '../harness/clients.js';
import { ASSETS, EVERY, SINGLE } from '../harness/standing-chaincodes.js';

const single = contractOf(SINGLE);

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
