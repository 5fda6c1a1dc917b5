import { createHash } from 'node:crypto';
import { common, peer } from '@hyperledger/fabric-protos';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataHash, getMetadata, headerBytes, headerHash } from '../blocks/index.js';
import { openChannelLedger } from './index.js';
import { TestChannel } from '../testing/test-channel.js';

const Code = peer.TxValidationCode;
let channel: TestChannel;

beforeAll(async () => {
  channel = await TestChannel.make();
});
afterAll(() => channel.remove());

const read = (key: string): string | undefined => {
  const snapshot = channel.ledger.snapshot();
  try {
    const value = snapshot.get('cc', key)?.value;
    return value && Buffer.from(value).toString();
  } finally {
    snapshot.close();
  }
};

describe('a channel', () => {
  it('begins with its configuration', () => {
    const block = channel.ledger.block(0);
    expect(block?.transactions.map(({ code }) => code)).toEqual([Code.VALID]);
    const [envelope] = block?.block.getData()?.getDataList_asU8() ?? [];
    const payload = common.Payload.deserializeBinary(
      common.Envelope.deserializeBinary(envelope ?? new Uint8Array()).getPayload_asU8(),
    );
    const config = common.ConfigEnvelope.deserializeBinary(payload.getData_asU8()).getConfig();
    const group = config?.getChannelGroup();
    const application = group?.getGroupsMap().get('Application');
    expect(application?.getGroupsMap().getLength()).toBe(4);
    expect(group?.getGroupsMap().get('Orderer')?.getValuesMap().has('BatchSize')).toBe(true);
  });

  it('commits, tells, and shows what was written', async () => {
    const transaction = channel.transaction({
      sets: [{ writes: { a: 'one', b: 'two' } }],
      event: { name: 'written' },
    });
    const number = channel.ledger.height;
    const block = await channel.commit(transaction);
    expect(block.number).toBe(number);
    expect(block.transactions).toMatchObject([{ txId: transaction.txId, code: Code.VALID }]);
    expect(block.transactions[0]?.chaincodeEvent?.getEventName()).toBe('written');
    expect(read('a')).toBe('one');
    expect(channel.ledger.transaction(transaction.txId)).toEqual({
      code: Code.VALID,
      block: number,
      index: 0,
    });
    expect(channel.ledger.height).toBe(number + 1);
  });

  it('chains headers and signs them as the orderer', async () => {
    await channel.commit(channel.transaction({ sets: [{ writes: { c: 'three' } }] }));
    const height = channel.ledger.height;
    for (let number = 1; number < height; number += 1) {
      const block = channel.ledger.block(number)?.block;
      const previous = channel.ledger.block(number - 1)?.block;
      const header = block?.getHeader();
      if (block === undefined || header === undefined || previous === undefined) throw new Error('no block');
      const previousHash = headerHash(previous.getHeader() ?? new common.BlockHeader());
      expect(Buffer.from(header.getPreviousHash_asU8())).toEqual(previousHash);
      expect(Buffer.from(header.getDataHash_asU8())).toEqual(
        dataHash(block.getData()?.getDataList_asU8() ?? []),
      );
      expect(channel.ledger.blockNumberByHash(previousHash)).toBe(number - 1);
      const metadata = common.Metadata.deserializeBinary(getMetadata(block, 'SIGNATURES'));
      const [signature] = metadata.getSignaturesList();
      if (signature === undefined) throw new Error('no signature');
      const creator = common.SignatureHeader.deserializeBinary(
        signature.getSignatureHeader_asU8(),
      ).getCreator_asU8();
      const message = Buffer.concat([
        metadata.getValue_asU8(),
        signature.getSignatureHeader_asU8(),
        headerBytes(header),
      ]);
      const orderer = channel.ledger.msps.deserialize(creator);
      expect(orderer.mspId).toBe('Orderer');
      expect(orderer.verify(message, signature.getSignature_asU8())).toBe(true);
      expect(
        common.Metadata.deserializeBinary(getMetadata(block, 'COMMIT_HASH')).getValue_asU8(),
      ).toHaveLength(32);
    }
  });

  it('keeps what it has over a restart, and its chain goes on', async () => {
    const before = channel.ledger.height;
    await channel.stop();
    await channel.open();
    expect(channel.ledger.height).toBe(before);
    expect(read('b')).toBe('two');
    const block = await channel.commit(channel.transaction({ sets: [{ writes: { d: 'four' } }] }));
    expect(block.number).toBe(before);
  });

  it('shows a snapshot as it was when it was taken', async () => {
    const snapshot = channel.ledger.snapshot();
    await channel.commit(channel.transaction({ sets: [{ writes: { a: 'changed', e: 'new' } }] }));
    expect(Buffer.from(snapshot.get('cc', 'a')?.value ?? []).toString()).toBe('one');
    expect([...snapshot.range('cc', 'b', '')].map(({ key }) => key)).toEqual(['b', 'c', 'd']);
    expect([...snapshot.range('cc', '', 'c')].map(({ key }) => key)).toEqual(['a', 'b']);
    const newer = channel.ledger.snapshot();
    expect(newer.height).toBe(snapshot.height + 1);
    expect(Buffer.from(newer.get('cc', 'a')?.value ?? []).toString()).not.toBe('one');
    newer.close();
    newer.close();
    expect(Buffer.from(snapshot.get('cc', 'a')?.value ?? []).toString()).toBe('one');
    snapshot.close();
    expect(() => snapshot.get('cc', 'a')).toThrowError(expect.objectContaining({ code: 'SNAPSHOT_CLOSED' }));
    expect(read('a')).toBe('changed');
  });

  it('knows the history of a key, newest first', async () => {
    const deleted = channel.transaction({ sets: [{ writes: { a: null } }] });
    await channel.commit(deleted);
    const snapshot = channel.ledger.snapshot();
    const history = [...snapshot.history('cc', 'a')];
    snapshot.close();
    expect(history.map(({ isDelete, value }) => (isDelete ? null : Buffer.from(value).toString()))).toEqual([
      null,
      'changed',
      'one',
    ]);
    expect(history[0]?.txId).toBe(deleted.txId);
    expect(Date.now() - (history[0]?.timestamp.getTime() ?? 0)).toBeLessThan(60_000);
    expect(read('a')).toBeUndefined();
  });

  it('is not opened for data of another channel', async () => {
    await channel.stop();
    await expect(openChannelLedger({ ...channel.options, channelId: 'other' })).rejects.toMatchObject({
      code: 'WRONG_CHANNEL',
    });
    await channel.open();
  });

  it('hashes verdicts and changes into each block', () => {
    const hashes = new Set<string>();
    for (let number = 1; number < channel.ledger.height; number += 1) {
      const block = channel.ledger.block(number)?.block ?? new common.Block();
      const value = common.Metadata.deserializeBinary(getMetadata(block, 'COMMIT_HASH')).getValue_asU8();
      hashes.add(createHash('sha256').update(value).digest('hex'));
    }
    expect(hashes.size).toBe(channel.ledger.height - 1);
  });
});
