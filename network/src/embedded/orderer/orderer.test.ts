import { common, peer } from '@hyperledger/fabric-protos';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeSigner } from '../identity/index.js';
import type { CommittedBlock } from '../parts.js';
import { TestChannel } from '../testing/test-channel.js';
import { OrdererError, startOrderer, type OrdererOptions } from './index.js';
import { sent } from '../testing/envelopes.js';

let channel: TestChannel;
beforeEach(async () => {
  channel = await TestChannel.make();
});
afterEach(() => channel.remove());

const transaction = (options: Partial<Parameters<TestChannel['transaction']>[0]> = {}) =>
  channel.transaction({ sets: [{ writes: { a: 'v' } }], ...options });

/** Code of the refusal; 'none' where the envelope is taken. */
async function refusal(envelope: common.Envelope): Promise<string> {
  try {
    await channel.orderer.broadcast(sent(envelope));
    return 'none';
  } catch (error) {
    if (!(error instanceof OrdererError)) throw error;
    return error.code;
  }
}

/** An orderer apart from the ledger, whose blocks wait until they are let go. */
function heldOrderer(options: Partial<OrdererOptions>) {
  const waiting: { block: common.Block; done: () => void; fail: (error: Error) => void }[] = [];
  let number = 0;
  const orderer = startOrderer({
    channelId: 'care',
    msps: channel.options.msps,
    policies: () => channel.ledger.policies,
    signer: channel.options.ordererSigner,
    batch: () => ({ maxMessages: 2, maxBytes: 1_000_000, absoluteMaxBytes: 1_000_000, timeoutMs: 60_000 }),
    lastConfigBlock: () => 0,
    configure: (update) => update,
    tip: () => ({ number, headerHash: Buffer.alloc(32) }),
    commit: (block) =>
      new Promise((resolve, reject) => {
        const done = (): void => {
          number += 1;
          resolve();
        };
        waiting.push({ block, done, fail: reject });
      }),
    ...options,
  });
  return { orderer, waiting };
}

describe('the orderer', () => {
  it('takes envelopes of clients and admins, not of peers, strangers, expired or revoked ones', async () => {
    const organisation = channel.organisations.A;
    if (organisation === undefined) throw new Error('no organisation');
    const signer = async (name: string, options: Parameters<typeof organisation.issue>[1]) =>
      nodeSigner({ mspId: 'A', dir: (await organisation.issue(name, options)).dir, endpoint: '' });
    const admin = await signer('admin', { ou: ['admin'] });
    const expired = await signer('expired', { notAfter: new Date(Date.now() - 1_000) });
    expect(await refusal(transaction().envelope)).toBe('none');
    expect(await refusal(transaction({ creator: admin }).envelope)).toBe('none');
    expect(await refusal(transaction({ creator: channel.peers.A }).envelope)).toBe('FORBIDDEN');
    expect(await refusal(transaction({ creator: expired }).envelope)).toBe('BAD_REQUEST');
    expect(
      await refusal(transaction({ tamper: { envelope: (e) => e.setSignature(Buffer.from('x')) } }).envelope),
    ).toBe('FORBIDDEN');
    const stranger = { ...channel.clients.A, serialized: Buffer.from('stranger') };
    expect(await refusal(transaction({ creator: stranger }).envelope)).toBe('FORBIDDEN');
  });

  it('refuses what is malformed, too large, for another channel or of another type', async () => {
    expect(await refusal(new common.Envelope())).toBe('BAD_REQUEST');
    expect(await refusal(transaction({ tamper: { payload: (p) => p.setHeader(undefined) } }).envelope)).toBe(
      'BAD_REQUEST',
    );
    expect(await refusal(transaction({ channelId: 'other' }).envelope)).toBe('NOT_FOUND');
    const typed = (type: common.HeaderTypeMap[keyof common.HeaderTypeMap]) =>
      transaction({ tamper: { channelHeader: (h) => h.setType(type) } }).envelope;
    expect(await refusal(typed(common.HeaderType.CONFIG_UPDATE))).toBe('BAD_REQUEST');
    expect(await refusal(typed(common.HeaderType.CONFIG))).toBe('BAD_REQUEST');
    expect(await refusal(typed(common.HeaderType.ORDERER_TRANSACTION))).toBe('BAD_REQUEST');
    const large = transaction({ sets: [{ writes: { a: 'x'.repeat(11 * 1024 * 1024) } }] });
    expect(await refusal(large.envelope)).toBe('BAD_REQUEST');
    expect(new OrdererError('SERVICE_UNAVAILABLE', '').status).toBe(503);
  });

  it('orders what peers find invalid: a replay, a made-up transaction id, a message of no known type', async () => {
    const first = transaction();
    const madeUp = transaction({ tamper: { channelHeader: (h) => h.setTxId('made-up') } });
    const unknown = transaction({ tamper: { channelHeader: (h) => h.setType(common.HeaderType.MESSAGE) } });
    const { transactions } = await channel.commit(first, first, madeUp, unknown, transaction());
    const { TxValidationCode: Code } = peer;
    expect(transactions.map(({ code }) => code)).toEqual([
      Code.VALID,
      Code.DUPLICATE_TXID,
      Code.BAD_PROPOSAL_TXID,
      Code.BAD_COMMON_HEADER,
      Code.VALID,
    ]);
    const [again] = (await channel.commit(first)).transactions;
    expect(again?.code).toBe(Code.DUPLICATE_TXID);
    expect(channel.ledger.transaction(first.txId)?.code).toBe(Code.VALID);
  });

  it('cuts a lone transaction at the timeout, many at the count, in the order they came', async () => {
    const lone = await channel.commit(transaction());
    expect(lone.transactions).toHaveLength(1);
    const many = Array.from({ length: 25 }, () => transaction());
    const blocks: CommittedBlock[] = [];
    const stop = channel.ledger.onCommit((block) => blocks.push(block));
    await channel.commit(...many);
    stop();
    expect(blocks.map(({ transactions }) => transactions.length)).toEqual([10, 10, 5]);
    expect(blocks.flatMap(({ transactions }) => transactions.map(({ txId }) => txId))).toEqual(
      many.map(({ txId }) => txId),
    );
  });

  it('sheds load when too much waits, and takes it again afterwards', async () => {
    const { orderer, waiting } = heldOrderer({ maxQueued: 2 });
    await orderer.broadcast(sent(transaction().envelope));
    await orderer.broadcast(sent(transaction().envelope));
    await expect(orderer.broadcast(sent(transaction().envelope))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    waiting[0]?.done();
    await expect
      .poll(() =>
        orderer.broadcast(sent(transaction().envelope)).then(
          () => 'taken',
          () => 'refused',
        ),
      )
      .toBe('taken');
    const closed = orderer.close();
    await expect.poll(() => waiting.length).toBe(2);
    waiting[1]?.done();
    await closed;
    expect(waiting[1]?.block.getHeader()?.getNumber()).toBe(2);
    await expect(orderer.broadcast(sent(transaction().envelope))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  it('takes nothing more once a block could not be written', async () => {
    const failures: unknown[] = [];
    const { orderer, waiting } = heldOrderer({ onFailure: (error) => failures.push(error) });
    await orderer.broadcast(sent(transaction().envelope));
    await orderer.broadcast(sent(transaction().envelope));
    waiting[0]?.fail(new Error('no space left'));
    await expect.poll(() => failures.length).toBe(1);
    await expect(orderer.broadcast(sent(transaction().envelope))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    await orderer.close();
  });
});
