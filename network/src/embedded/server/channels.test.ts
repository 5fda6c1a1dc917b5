import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { common } from '@hyperledger/fabric-protos';
import type { GatewayError } from '@hyperledger/fabric-gateway';
import { CHAINCODE, CHANNEL, TestNetwork, type Org } from '../testing/test-network.js';

const PAIR_CHANNEL = 'pair';

let network: TestNetwork;
beforeAll(async () => {
  network = await TestNetwork.start({ channels: { [PAIR_CHANNEL]: ['HospitalA', 'InsurerA'] } });
});
afterAll(async () => {
  await network.stop();
});

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const contract = async (org: Org, channel: string) =>
  (await network.connect(org)).getNetwork(channel).getContract(CHAINCODE);
const refusal = async (result: Promise<unknown>): Promise<GatewayError> =>
  result.then(
    () => expect.fail('was not refused'),
    (error: unknown) => error as GatewayError,
  );

describe('several channels in one process', () => {
  it('keep a state and blocks of their own', async () => {
    const before = network.ledger(CHANNEL).height;
    const ofPair = network.ledger(PAIR_CHANNEL).height;
    await (await contract('HospitalA', PAIR_CHANNEL)).submitTransaction('put', 'key', 'of the pair');
    expect(text(await (await contract('InsurerA', PAIR_CHANNEL)).evaluateTransaction('get', 'key'))).toBe(
      'of the pair',
    );
    expect(text(await (await contract('HospitalA', CHANNEL)).evaluateTransaction('get', 'key'))).toBe('');
    expect(network.ledger(CHANNEL).height).toBe(before);
    expect(network.ledger(PAIR_CHANNEL).height).toBe(ofPair + 1);
  });

  it('keep what they hold over a restart', async () => {
    const { height } = network.ledger(PAIR_CHANNEL);
    await network.restart();
    expect(network.ledger(PAIR_CHANNEL).height).toBe(height);
  });

  it('are delivered apart', async () => {
    const channel = (await network.connect('InsurerA')).getNetwork(PAIR_CHANNEL);
    const blocks = await channel.getFilteredBlockEvents({ startBlock: 0n });
    for await (const block of blocks) {
      expect(block.getChannelId()).toBe(PAIR_CHANNEL);
      if (block.getNumber() === 1) break;
    }
    blocks.close();
  });

  it('are told apart by qscc, whatever channel the proposal is for', async () => {
    const gateway = await network.connect('HospitalA');
    const qscc = gateway.getNetwork(CHANNEL).getContract('qscc');
    const info = common.BlockchainInfo.deserializeBinary(
      await qscc.evaluateTransaction('GetChainInfo', PAIR_CHANNEL),
    );
    expect(info.getHeight()).toBe(network.ledger(PAIR_CHANNEL).height);
  });
});

describe('a channel that a peer has not joined', () => {
  it('takes no proposal, in Fabric’s words', async () => {
    for (const [org, channel] of [
      ['LabA', PAIR_CHANNEL],
      ['HospitalA', 'nowhere'],
    ] as const) {
      const there = await contract(org, channel);
      const evaluated = await refusal(there.evaluateTransaction('get', 'key'));
      expect(evaluated).toMatchObject({ code: 14 });
      expect(evaluated.message).toContain(
        `failed to get config for channel [${channel}]: could not get last config for channel ${channel}`,
      );
      const endorsed = await refusal(there.submitTransaction('put', 'key', 'value'));
      expect(endorsed).toMatchObject({ code: 9 });
      expect(endorsed.message).toContain(
        `No metadata was found for chaincode ${CHAINCODE} in channel ${channel}`,
      );
    }
  });

  it('tells nobody its events', async () => {
    const elsewhere = (await network.connect('LabA')).getNetwork(PAIR_CHANNEL);
    const events = await elsewhere.getChaincodeEvents(CHAINCODE);
    const refused = await refusal(events[Symbol.asyncIterator]().next());
    expect(refused).toMatchObject({ code: 7 });
    expect(refused.message).toContain(`Failed to get policy manager for channel [${PAIR_CHANNEL}]`);
    const blocks = await elsewhere.getBlockEvents({ startBlock: 0n });
    await expect(blocks[Symbol.asyncIterator]().next()).rejects.toThrow('404');
  });

  it('lets in no member of another organisation at a peer that has joined', async () => {
    const gateway = await network.connect('LabA', { at: 'HospitalA' });
    const refused = await refusal(
      gateway.getNetwork(PAIR_CHANNEL).getContract(CHAINCODE).evaluateTransaction('get', 'key'),
    );
    expect(refused.details[0]?.message).toContain(
      `access denied: channel [${PAIR_CHANNEL}] creator org unknown`,
    );
  });
});
