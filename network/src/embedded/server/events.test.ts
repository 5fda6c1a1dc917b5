import { common } from '@hyperledger/fabric-protos';
import type { ChaincodeEvent, Gateway, Network } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHAINCODE, CHANNEL, TestNetwork } from '../testing/test-network.js';

let network: TestNetwork;
let gateway: Gateway;
let channel: Network;

beforeAll(async () => {
  network = await TestNetwork.start();
  gateway = await network.connect('HospitalA');
  channel = gateway.getNetwork(CHANNEL);
});
afterAll(async () => {
  await network.stop();
});

const submit = (name: string, ...args: string[]) =>
  channel.getContract(CHAINCODE).submitTransaction(name, ...args);

async function take<T>(events: AsyncIterable<T> & { close(): void }, count: number): Promise<T[]> {
  const taken: T[] = [];
  try {
    for await (const event of events) {
      taken.push(event);
      if (taken.length === count) break;
    }
  } finally {
    events.close();
  }
  return taken;
}

describe('block events', () => {
  it('come from any block, and live', async () => {
    await submit('put', 'a', '1');
    await submit('put', 'a', '2');
    const start = BigInt(network.ledger().height - 1);
    const live = take(await channel.getBlockEvents({ startBlock: start }), 2);
    await submit('put', 'a', '3');
    const numbers = (await live).map((block) => block.getHeader()?.getNumber());
    expect(numbers).toEqual([Number(start), Number(start) + 1]);
    const all = await take(await channel.getBlockEvents({ startBlock: 0n }), network.ledger().height);
    all.slice(1).forEach((block, index) => {
      const metadata = block.getMetadata()?.getMetadataList_asU8() ?? [];
      expect(metadata[common.BlockMetadataIndex.SIGNATURES]?.length).toBeGreaterThan(0);
      expect(block.getHeader()?.getNumber()).toBe(index + 1);
    });
  });

  it('come filtered: ids, verdicts and event names, no payload', async () => {
    const commit = await channel
      .getContract(CHAINCODE)
      .submitAsync('event', { arguments: ['f', 'happened', 'secret'] });
    const { blockNumber } = await commit.getStatus();
    const [block] = await take(await channel.getFilteredBlockEvents({ startBlock: blockNumber }), 1);
    const [transaction] = block?.getFilteredTransactionsList() ?? [];
    expect(transaction?.getTxid()).toBe(commit.getTransactionId());
    expect(transaction?.getTxValidationCode()).toBe(0);
    const event = transaction?.getTransactionActions()?.getChaincodeActionsList()[0]?.getChaincodeEvent();
    expect(event?.getEventName()).toBe('happened');
    expect(event?.getPayload_asU8()).toHaveLength(0);
  });

  it('survive a restart of the ledger', async () => {
    const { height } = network.ledger();
    await network.restart();
    expect(network.ledger().height).toBe(height);
    await submit('put', 'restarted', '1');
    const blocks = await take(await channel.getBlockEvents({ startBlock: 0n }), height + 1);
    expect(blocks).toHaveLength(height + 1);
  });
});

describe('chaincode events', () => {
  const texts = (events: readonly ChaincodeEvent[]) =>
    events.map(({ eventName, payload }) => `${eventName}:${Buffer.from(payload).toString()}`);

  it('come live, of valid transactions, the last one set', async () => {
    const live = take(await channel.getChaincodeEvents(CHAINCODE), 2);
    await submit('event', 'e', 'one', '1');
    await submit('put', 'silent', '1');
    await submit('event', 'e', 'two', '2');
    expect(texts(await live)).toEqual(['one:1', 'two:2']);
  });

  it('are replayed from a block, or from after a transaction', async () => {
    const startBlock = BigInt(network.ledger().height);
    for (const name of ['three', 'four', 'five']) await submit('event', 'e', name, '');
    const replayed = await take(await channel.getChaincodeEvents(CHAINCODE, { startBlock }), 3);
    expect(texts(replayed)).toEqual(['three:', 'four:', 'five:']);
    const [first] = replayed;
    const checkpoint = {
      getBlockNumber: () => first?.blockNumber,
      getTransactionId: () => first?.transactionId,
    };
    const later = await take(await channel.getChaincodeEvents(CHAINCODE, { checkpoint }), 2);
    expect(texts(later)).toEqual(['four:', 'five:']);
  });
});
