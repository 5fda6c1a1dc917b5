import { common } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { metadataOf } from '../harness/blocks.js';
import { newKey, submit } from '../harness/calls.js';
import { contractOf, network, org1, signAs } from '../harness/clients.js';
import { deliver, deliverOne, summary } from '../harness/deliver.js';
import { committed, makeTransaction } from '../harness/made-transactions.js';
import { broadcast } from '../harness/node-streams.js';
import { SINGLE } from '../harness/standing-chaincodes.js';
import type { NetworkNode } from '../network.js';

const [orderer] = network.orderers as [NetworkNode];
const { client, otherClient, endorser, expired, foreign, revoked } = org1.identities;
const WRITERS =
  "implicit policy evaluation failed - 0 sub-policies were satisfied, but this policy requires 1 of the 'Writers' " +
  'sub-policies to be satisfied: permission denied';

const newTransaction = (more: Partial<Parameters<typeof makeTransaction>[0]> = {}) =>
  makeTransaction({
    chaincode: SINGLE,
    sets: [{ chaincode: SINGLE, writes: [{ key: newKey(), value: 'ordered' }] }],
    endorsers: [endorser],
    ...more,
  });

describe("an orderer's broadcast service", () => {
  it('takes transactions, which are in a block soon after', async () => {
    const { txId, envelope } = await newTransaction();
    expect(await broadcast(orderer, [envelope])).toEqual([{ status: 'SUCCESS', info: '' }]);
    expect((await committed(txId)).code).toBe('VALID');
  });

  it('takes one after the other on a stream', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => newTransaction()));
    const answers = await broadcast(
      orderer,
      made.map(({ envelope }) => envelope),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'SUCCESS'));
    for (const { txId } of made) expect((await committed(txId)).code).toBe('VALID');
  });

  it('does not look into transactions: peers call them invalid', async () => {
    const { txId, envelope } = await newTransaction({ endorsers: [] });
    expect(await broadcast(orderer, [envelope])).toEqual([{ status: 'SUCCESS', info: '' }]);
    expect((await committed(txId)).code).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('ends the stream after what it refuses', async () => {
    const good = await newTransaction();
    const answers = await broadcast(orderer, [new common.Envelope(), good.envelope]);
    expect(answers.map(({ status }) => status)).toEqual(['BAD_REQUEST']);
  });

  it('refuses what is signed by another: FORBIDDEN', async () => {
    const { envelope } = await newTransaction();
    envelope.setSignature(await signAs(otherClient, envelope.getPayload_asU8()));
    expect(await broadcast(orderer, [envelope])).toEqual([{ status: 'FORBIDDEN', info: WRITERS }]);
  });

  it('refuses who is no writer of the channel: FORBIDDEN', async () => {
    for (const creator of [endorser, foreign, revoked, { ...client, mspId: 'NobodyMSP' }]) {
      const { envelope } = await newTransaction({ creator });
      expect(await broadcast(orderer, [envelope])).toEqual([{ status: 'FORBIDDEN', info: WRITERS }]);
    }
  });

  it('refuses who has expired: BAD_REQUEST', async () => {
    const { envelope } = await newTransaction({ creator: expired });
    expect(await broadcast(orderer, [envelope])).toEqual([
      { status: 'BAD_REQUEST', info: 'broadcast client identity expired' },
    ]);
  });

  it('refuses a channel that is not there: BAD_REQUEST', async () => {
    const { envelope } = await newTransaction({
      change: { headers: ({ channelHeader }) => channelHeader.setChannelId('nowhere') },
    });
    expect(await broadcast(orderer, [envelope])).toEqual([
      { status: 'BAD_REQUEST', info: 'channel does not exist' },
    ]);
  });

  it('refuses finished configurations: BAD_REQUEST', async () => {
    const { envelope } = await newTransaction({
      change: { headers: ({ channelHeader }) => channelHeader.setType(common.HeaderType.CONFIG) },
    });
    expect(await broadcast(orderer, [envelope])).toEqual([
      { status: 'BAD_REQUEST', info: 'message is of type that cannot be processed directly' },
    ]);
  });

  it('refuses what cannot be decoded: BAD_REQUEST', async () => {
    const garbage = new common.Envelope();
    garbage.setPayload(Buffer.from('ffffffff', 'hex'));
    const [answer] = await broadcast(orderer, [garbage]);
    expect(answer?.status).toBe('BAD_REQUEST');
    expect(answer?.info).toMatch(/^could not determine channel ID: /);
  });
});

describe("an orderer's delivery service", () => {
  it('sends blocks as they were ordered, without the verdicts of peers', async () => {
    const { block } = await submit(contractOf(SINGLE), 'put', newKey(), '1');
    const { blocks, status } = await deliverOne(
      { start: Number(block), stop: Number(block) },
      orderer,
      'orderer',
    );
    expect(status).toBe('SUCCESS');
    const [ordered] = blocks as [common.Block];
    expect(metadataOf(ordered, 'SIGNATURES').length).toBeGreaterThan(0);
    expect(metadataOf(ordered, 'TRANSACTIONS_FILTER')).toHaveLength(0);
    const [atPeer] = (await deliverOne({ start: Number(block), stop: Number(block) })).blocks;
    expect(ordered.getHeader()?.toObject()).toEqual(atPeer?.getHeader()?.toObject());
  });

  it('knows oldest, newest and numbers', async () => {
    const oldest = await deliverOne({ start: 'oldest', stop: 'oldest' }, orderer, 'orderer');
    expect(summary(oldest)).toEqual({ numbers: [0], status: 'SUCCESS' });
    const newest = await deliverOne({ start: 'newest', stop: 'newest' }, orderer, 'orderer');
    expect(newest.blocks).toHaveLength(1);
    const some = await deliver(
      [
        { start: 1, stop: 3 },
        { start: 0, stop: 0 },
      ],
      orderer,
      'orderer',
    );
    expect(some.map((one) => summary(one).numbers)).toEqual([[1, 2, 3], [0]]);
  });

  it('refuses what a peer refuses', async () => {
    const at = async (seek: Parameters<typeof deliverOne>[0]) =>
      (await deliverOne({ ...seek }, orderer, 'orderer')).status;
    expect(await at({ start: 0, stop: 0, signer: otherClient })).toBe('FORBIDDEN');
    expect(await at({ start: 0, stop: 0, identity: revoked })).toBe('FORBIDDEN');
    expect(await at({ start: 0, stop: 0, channel: 'nowhere' })).toBe('NOT_FOUND');
    expect(await at({ start: 2, stop: 1 })).toBe('BAD_REQUEST');
    expect(await at({ start: 1_000_000, stop: 1_000_000, failIfNotReady: true })).toBe('NOT_FOUND');
  });
});
