import { checkpointers } from '@hyperledger/fabric-gateway';
import { common, ledger, type peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { codesOf, height, transactionsOf } from '../harness/blocks.js';
import { codeName, newKey, outcome, steps, submit, textOf } from '../harness/calls.js';
import {
  channelOf,
  contractOf,
  firstPeer,
  gatewayOf,
  MAIN,
  org1,
  org2,
  org3,
  signAs,
} from '../harness/clients.js';
import { refusal } from '../harness/refusals.js';
import { ASSETS, PAIR, SINGLE } from '../harness/standing-chaincodes.js';
import { take, takeUntil } from '../harness/streams.js';

const { client } = org1.identities;
const channel = channelOf(client);
const single = contractOf(SINGLE);
const numberOf = (block: common.Block): number => block.getHeader()?.getNumber() ?? -1;

describe('block events', () => {
  it('come from block 0 on, one after the other', async () => {
    const blocks = await take(await channel.getBlockEvents({ startBlock: 0n }), 4);
    expect(blocks.map(numberOf)).toEqual([0, 1, 2, 3]);
  });

  it('start with the next block where nothing is said', async () => {
    const before = await height();
    const events = await channel.getBlockEvents();
    await submit(single, 'put', newKey(), '1');
    const [block] = await take(events, 1);
    expect(block && numberOf(block)).toBeGreaterThanOrEqual(before);
  });

  it('hold the transactions and their verdicts', async () => {
    const { txId, block } = await submit(single, 'put', newKey(), 'in the block');
    const [found] = await take(await channel.getBlockEvents({ startBlock: block }), 1);
    const ids = transactionsOf(found as common.Block).map(({ channelHeader }) => channelHeader.getTxId());
    expect(ids).toContain(txId);
    expect(codeName(codesOf(found as common.Block)[ids.indexOf(txId)] ?? -1)).toBe('VALID');
  });

  it('hold invalid transactions too', async () => {
    const { block, txId, code } = await outcome(
      await contractOf(ASSETS).submitAsync('put', {
        arguments: [newKey(), '1'],
        endorsingOrganizations: [org1.mspId],
      }),
    );
    expect(code).toBe('ENDORSEMENT_POLICY_FAILURE');
    const [found] = await take(await channel.getBlockEvents({ startBlock: block }), 1);
    const index = transactionsOf(found as common.Block).findIndex(
      ({ channelHeader }) => channelHeader.getTxId() === txId,
    );
    expect(codeName(codesOf(found as common.Block)[index] ?? -1)).toBe(code);
  });

  it('may be asked for before their block is there', async () => {
    const next = BigInt(await height());
    const events = await channel.getBlockEvents({ startBlock: next });
    const waiting = take(events, 1);
    await submit(single, 'put', newKey(), '1');
    expect((await waiting).map(numberOf)).toEqual([Number(next)]);
  });

  it('are not waited for beyond the next block: 404', async () => {
    const events = await channel.getBlockEvents({ startBlock: 1_000_000n });
    await expect(take(events, 1)).rejects.toThrow(
      `Unexpected status response: ${String(common.Status.NOT_FOUND)}`,
    );
  });

  it('go on after the block that a checkpoint names', async () => {
    const checkpoint = checkpointers.inMemory();
    await checkpoint.checkpointBlock(1n);
    const blocks = await take(await channel.getBlockEvents({ startBlock: 0n, checkpoint }), 2);
    expect(blocks.map(numberOf)).toEqual([2, 3]);
  });

  it('start over with the block inside of which a checkpoint stands', async () => {
    const checkpoint = checkpointers.inMemory();
    await checkpoint.checkpointTransaction(2n, 'some transaction of block 2');
    const [block] = await take(await channel.getBlockEvents({ startBlock: 0n, checkpoint }), 1);
    expect(block && numberOf(block)).toBe(2);
  });

  it('end where the client closes the stream: CANCELLED', async () => {
    const events = await channel.getBlockEvents();
    const waiting = take(events, Infinity);
    events.close();
    expect((await refusal(waiting)).status).toBe('CANCELLED');
  });

  it('end with the deadline that the client set: DEADLINE_EXCEEDED, or CANCELLED where the peer was first', async () => {
    const request = channel.newBlockEventsRequest();
    const events = await request.getEvents({ deadline: Date.now() + 300 });
    expect(['DEADLINE_EXCEEDED', 'CANCELLED']).toContain((await refusal(take(events, Infinity))).status);
  });

  it('are the same at every peer', async () => {
    const { block } = await submit(single, 'put', newKey(), '1');
    const startBlock = block;
    const all = await Promise.all(
      [org1, org2, org3].map(async ({ identities }) =>
        take(await channelOf(identities.client).getBlockEvents({ startBlock }), 1),
      ),
    );
    const [header, ...others] = all.map(([found]) => found?.getHeader()?.toObject());
    for (const other of others) expect(other).toEqual(header);
  });

  it('may be asked for with a signature made elsewhere', async () => {
    const unsigned = channel.newBlockEventsRequest({ startBlock: 0n });
    const envelope = common.Envelope.deserializeBinary(unsigned.getBytes());
    const signature = await signAs(client, envelope.getPayload_asU8());
    const signed = gatewayOf(client).newSignedBlockEventsRequest(unsigned.getBytes(), signature);
    expect((await take(await signed.getEvents(), 1)).map(numberOf)).toEqual([0]);
  });
});

describe('filtered block events', () => {
  it('hold transaction ids, verdicts and event names, and neither payloads nor arguments', async () => {
    const name = newKey('event');
    const { txId, block } = await submit(
      single,
      'steps',
      steps(['put', newKey(), 'secretive'], ['event', name, 'payload']),
    );
    const [found] = await take(await channel.getFilteredBlockEvents({ startBlock: block }), 1);
    expect(found?.getChannelId()).toBe(MAIN);
    expect(found?.getNumber()).toBe(Number(block));
    const transaction = found?.getFilteredTransactionsList().find((one) => one.getTxid() === txId);
    expect(transaction?.getType()).toBe(common.HeaderType.ENDORSER_TRANSACTION);
    expect(codeName(transaction?.getTxValidationCode() ?? -1)).toBe('VALID');
    const [action] = transaction?.getTransactionActions()?.getChaincodeActionsList() ?? [];
    const event = action?.getChaincodeEvent();
    expect([event?.getChaincodeId(), event?.getEventName(), event?.getTxId()]).toEqual([SINGLE, name, txId]);
    expect(event?.getPayload_asU8()).toHaveLength(0);
    expect(Buffer.from(found?.serializeBinary() ?? '').includes('secretive')).toBe(false);
  });

  it('begin with the configuration', async () => {
    const [found] = await take(await channel.getFilteredBlockEvents({ startBlock: 0n }), 1);
    const [transaction] = found?.getFilteredTransactionsList() ?? [];
    expect(transaction?.getType()).toBe(common.HeaderType.CONFIG);
    expect(codeName(transaction?.getTxValidationCode() ?? -1)).toBe('VALID');
  });

  it('go on after a checkpoint', async () => {
    const checkpoint = checkpointers.inMemory();
    await checkpoint.checkpointBlock(0n);
    const [found] = await take(await channel.getFilteredBlockEvents({ checkpoint }), 1);
    expect(found?.getNumber()).toBe(1);
  });
});

describe('block events with private data', () => {
  const assets = contractOf(ASSETS);

  /** Private values of one transaction, as somebody sees them: collection → [key, value]. */
  async function privateData(block: bigint, txId: string, viewer: typeof org1, at = viewer) {
    const network = gatewayOf(viewer.identities.client, firstPeer(at)).getNetwork(MAIN);
    const [found] = await take(await network.getBlockAndPrivateDataEvents({ startBlock: block }), 1);
    return valuesOf(found as peer.BlockAndPrivateData, txId);
  }

  async function writePrivate(): Promise<{ block: bigint; txId: string; key: string }> {
    const key = newKey();
    const submitted = await assets.submitAsync('putPrivate', {
      arguments: [PAIR, key],
      transientData: { value: 'between two' },
      endorsingOrganizations: [org1.mspId, org2.mspId],
    });
    const { block, txId, code } = await outcome(submitted);
    expect(code).toBe('VALID');
    return { block, txId, key };
  }

  it('hold the values of the collections that client and peer are members of', async () => {
    const { block, txId, key } = await writePrivate();
    for (const member of [org1, org2]) {
      expect(await privateData(block, txId, member)).toEqual({ [PAIR]: [[key, 'between two']] });
    }
  });

  it('hold none for others, though they get the block', async () => {
    const { block, txId } = await writePrivate();
    expect(await privateData(block, txId, org3)).toEqual({});
    expect(await privateData(block, txId, org3, org1)).toEqual({});
    expect(await privateData(block, txId, org1, org3)).toEqual({});
  });

  it('go on after a checkpoint', async () => {
    const checkpoint = checkpointers.inMemory();
    await checkpoint.checkpointBlock(1n);
    const [found] = await takeUntil(await channel.getBlockAndPrivateDataEvents({ checkpoint }), () => true);
    expect(found?.getBlock()?.getHeader()?.getNumber()).toBe(2);
  });
});

function valuesOf(message: peer.BlockAndPrivateData, txId: string): Record<string, string[][]> {
  const block = message.getBlock() ?? new common.Block();
  const index = transactionsOf(block).findIndex(({ channelHeader }) => channelHeader.getTxId() === txId);
  const sets = message.getPrivateDataMapMap().get(index)?.getNsPvtRwsetList() ?? [];
  return Object.fromEntries(
    sets.flatMap((set) =>
      set.getCollectionPvtRwsetList().map((collection) => [
        collection.getCollectionName(),
        ledger.rwset.kvrwset.KVRWSet.deserializeBinary(collection.getRwset_asU8())
          .getWritesList()
          .map((write) => [write.getKey(), textOf(write.getValue_asU8())]),
      ]),
    ),
  );
}
