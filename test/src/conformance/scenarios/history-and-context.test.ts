import { describe, expect, it } from 'vitest';
import { evaluate, evaluateJson, newKey, steps, submit } from '../harness/calls.js';
import { contractOf, MAIN, org1, org2 } from '../harness/clients.js';
import { SINGLE } from '../harness/standing-chaincodes.js';

const single = contractOf(SINGLE);

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
