import { describe, expect, it } from 'vitest';
import { envelopesOf, height, metadataOf } from '../harness/blocks.js';
import { newKey, submit } from '../harness/calls.js';
import { contractOf, org1 } from '../harness/clients.js';
import { deliver, deliverOne, summary } from '../harness/deliver.js';
import { SINGLE } from '../harness/standing-chaincodes.js';

const single = contractOf(SINGLE);
const { client, otherClient, endorser, expired, foreign, revoked } = org1.identities;

describe("a peer's delivery service", () => {
  it('sends blocks from start to stop, both included, and then SUCCESS', async () => {
    expect(summary(await deliverOne({ start: 1, stop: 3 }))).toEqual({
      numbers: [1, 2, 3],
      status: 'SUCCESS',
    });
    expect(summary(await deliverOne({ start: 2, stop: 2 }))).toEqual({ numbers: [2], status: 'SUCCESS' });
  });

  it('knows the oldest block, also as the end of what starts with it', async () => {
    expect(summary(await deliverOne({ start: 'oldest', stop: 'oldest' }))).toEqual({
      numbers: [0],
      status: 'SUCCESS',
    });
    expect(summary(await deliverOne({ start: 'oldest', stop: 2 })).numbers).toEqual([0, 1, 2]);
  });

  it('knows the newest block: one, though others come meanwhile', async () => {
    const { block } = await submit(single, 'put', newKey(), '1');
    const { numbers, status } = summary(await deliverOne({ start: 'newest', stop: 'newest' }));
    expect(status).toBe('SUCCESS');
    expect(numbers).toHaveLength(1);
    expect(numbers[0]).toBeGreaterThanOrEqual(Number(block));
  });

  it('waits for a block that is not there yet', async () => {
    const next = await height();
    const waiting = deliverOne({ start: next, stop: next + 1 });
    await submit(single, 'put', newKey(), '1');
    await submit(single, 'put', newKey(), '1');
    expect(summary(await waiting)).toEqual({ numbers: [next, next + 1], status: 'SUCCESS' });
  });

  it('does not wait for one beyond the next, whatever the client wants: NOT_FOUND', async () => {
    const seek = { start: 1_000_000, stop: 1_000_001 };
    expect(summary(await deliverOne(seek))).toEqual({ numbers: [], status: 'NOT_FOUND' });
  });

  it('does not wait where the client wants none of it: NOT_FOUND', async () => {
    const seek = { start: 1_000_000, stop: 1_000_000, failIfNotReady: true };
    expect(summary(await deliverOne(seek))).toEqual({ numbers: [], status: 'NOT_FOUND' });
  });

  it('does not have the block after the newest: NOT_FOUND', async () => {
    const seek = { start: 'next', stop: Number.MAX_SAFE_INTEGER, failIfNotReady: true } as const;
    const { numbers, status } = summary(await deliverOne(seek));
    // Another scenario's block may have come meanwhile.
    expect(numbers.length).toBeLessThan(3);
    expect(status).toBe('NOT_FOUND');
  });

  it('sends what there is before NOT_FOUND', async () => {
    const seek = { start: 1, stop: 1_000_000, failIfNotReady: true };
    const { numbers, status } = summary(await deliverOne(seek));
    expect(status).toBe('NOT_FOUND');
    expect(numbers.slice(0, 2)).toEqual([1, 2]);
  });

  it('answers one request after the other on a stream', async () => {
    const delivered = await deliver([
      { start: 1, stop: 1 },
      { start: 0, stop: 1 },
    ]);
    expect(delivered.map(summary)).toEqual([
      { numbers: [1], status: 'SUCCESS' },
      { numbers: [0, 1], status: 'SUCCESS' },
    ]);
  });

  it('ends the stream after a request that it refuses', async () => {
    const delivered = await deliver([
      { start: 3, stop: 2 },
      { start: 0, stop: 0 },
    ]);
    expect(delivered.map(summary)).toEqual([{ numbers: [], status: 'BAD_REQUEST' }]);
  });

  it('sends headers with the signatures alone where the client wants no more, but configuration whole', async () => {
    const { block } = await submit(single, 'put', newKey(), '1');
    const number = Number(block);
    const [config] = (await deliverOne({ start: 0, stop: 0, headersOnly: true })).blocks;
    expect(config && envelopesOf(config)).toHaveLength(1);
    const [plain] = (await deliverOne({ start: number, stop: number, headersOnly: true })).blocks;
    expect(plain?.getHeader()?.getNumber()).toBe(number);
    expect(plain?.getData()).toBeUndefined();
    expect(plain && metadataOf(plain, 'SIGNATURES').length).toBeGreaterThan(0);
  });

  it('is open to every member of the channel, peers too', async () => {
    for (const identity of [client, endorser]) {
      expect((await deliverOne({ start: 0, stop: 0, identity })).status).toBe('SUCCESS');
    }
  });

  it('refuses a stop before the start: BAD_REQUEST', async () => {
    expect((await deliverOne({ start: 3, stop: 2 })).status).toBe('BAD_REQUEST');
  });

  it('refuses a request without start or stop: BAD_REQUEST', async () => {
    expect((await deliverOne({ start: undefined, stop: 1 })).status).toBe('BAD_REQUEST');
    expect((await deliverOne({ start: 1, stop: undefined })).status).toBe('BAD_REQUEST');
  });

  it('refuses what is no request: BAD_REQUEST', async () => {
    const data = Buffer.from('ffffffff', 'hex');
    expect((await deliverOne({ start: 0, stop: 0, data })).status).toBe('BAD_REQUEST');
  });

  it('refuses a request that is dated more than 15 minutes off: BAD_REQUEST', async () => {
    for (const secondsOff of [-16 * 60, 16 * 60]) {
      expect((await deliverOne({ start: 0, stop: 0, secondsOff })).status).toBe('BAD_REQUEST');
    }
    expect((await deliverOne({ start: 0, stop: 0, secondsOff: -14 * 60 })).status).toBe('SUCCESS');
  });

  it('refuses a channel that is not there: NOT_FOUND', async () => {
    expect((await deliverOne({ start: 0, stop: 0, channel: 'nowhere' })).status).toBe('NOT_FOUND');
  });

  it('refuses the signature of another: FORBIDDEN', async () => {
    expect((await deliverOne({ start: 0, stop: 0, signer: otherClient })).status).toBe('FORBIDDEN');
  });

  it('refuses who is not of the channel: FORBIDDEN', async () => {
    for (const identity of [foreign, revoked, { ...client, mspId: 'NobodyMSP' }]) {
      expect((await deliverOne({ start: 0, stop: 0, identity })).status).toBe('FORBIDDEN');
    }
  });

  it('refuses who has expired: FORBIDDEN', async () => {
    expect((await deliverOne({ start: 0, stop: 0, identity: expired })).status).toBe('FORBIDDEN');
  });
});
