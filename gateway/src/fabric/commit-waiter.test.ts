import { common } from '@hyperledger/fabric-protos';
import { describe, expect, it, vi } from 'vitest';
import { createCommitWaiter } from './commit-waiter.js';

function blockOf(number: number, transactions: readonly [id: string, code: number][]): common.Block {
  const data = new common.BlockData();
  data.setDataList([
    ...transactions.map(([id]) => {
      const channel = new common.ChannelHeader();
      channel.setTxId(id);
      const header = new common.Header();
      header.setChannelHeader(channel.serializeBinary());
      const payload = new common.Payload();
      payload.setHeader(header);
      const envelope = new common.Envelope();
      envelope.setPayload(payload.serializeBinary());
      return envelope.serializeBinary();
    }),
    Buffer.from('rubbish that an orderer took'),
  ]);
  const header = new common.BlockHeader();
  header.setNumber(number);
  const metadata = new common.BlockMetadata();
  metadata.setMetadataList([
    new Uint8Array(),
    new Uint8Array(),
    Uint8Array.from([...transactions.map(([, code]) => code), 255]),
  ]);
  const block = new common.Block();
  block.setHeader(header);
  block.setData(data);
  block.setMetadata(metadata);
  return block;
}

describe('the commit waiter', () => {
  it('resolves each transaction from the block that has it, valid or not', async () => {
    const ask = vi.fn();
    const waiter = createCommitWaiter({ ask });
    waiter.setLive(true);
    const [one, two] = [waiter.expect('one'), waiter.expect('two')];
    waiter.observe(
      blockOf(4, [
        ['one', 0],
        ['other', 0],
        ['two', 11],
      ]),
    );
    expect(await one.outcome).toEqual({ transactionId: 'one', block: 4, code: 0 });
    expect(await two.outcome).toEqual({ transactionId: 'two', block: 4, code: 11 });
    expect(ask).not.toHaveBeenCalled();
  });

  it('believes the first block: a duplicate that is invalid changes nothing', async () => {
    const waiter = createCommitWaiter({ ask: () => Promise.resolve(undefined) });
    const { outcome } = waiter.expect('one');
    waiter.observe(blockOf(4, [['one', 0]]));
    waiter.observe(blockOf(5, [['one', 2]]));
    expect(await outcome).toMatchObject({ block: 4, code: 0 });
  });

  it('asks the peer where the stream is silent', async () => {
    const answer = { transactionId: 'one', block: 9, code: 0 };
    const ask = vi.fn().mockRejectedValueOnce(new Error('away')).mockResolvedValue(answer);
    const waiter = createCommitWaiter({ ask, graceMs: 5 });
    waiter.setLive(true);
    expect(await waiter.expect('one').outcome).toEqual(answer);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('says that it does not know, in the end', async () => {
    const waiter = createCommitWaiter({ ask: () => Promise.resolve(undefined), graceMs: 1, giveUpMs: 1 });
    waiter.setLive(true);
    await expect(waiter.expect('one').outcome).rejects.toMatchObject({
      code: 'COMMIT_UNKNOWN',
      transactionId: 'one',
      retryAfter: 5,
    });
  });
});
